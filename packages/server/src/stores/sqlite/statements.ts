import type { DatabaseSync, StatementSync } from 'node:sqlite';
import * as sql from './sql.ts';

/** Every statement of the store, prepared once. Rows come as arrays. */
export type Statements = ReturnType<typeof prepareAll>;

export function prepareAll(db: DatabaseSync) {
  const prepare = (text: string): StatementSync => {
    const statement = db.prepare(text);
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    listStates: prepare(sql.listStates),
    setListState: prepare(sql.setListState),
    userFacts: prepare(sql.userFacts),
    openWindow: prepare(sql.openWindow),
    countDropped: prepare(sql.countDropped),
    addBlock: prepare(sql.addBlock),
    addBlocks: prepare(sql.addBlocks),
    removeBlock: prepare(sql.removeBlock),
    messageSeen: prepare(sql.messageSeen),
    addWebhook: prepare(sql.addWebhook),
    dueWebhooks: prepare(sql.dueWebhooks),
    nextWebhookDue: prepare(sql.nextWebhookDue),
    webhook: prepare(sql.webhook),
    settleWebhook: prepare(sql.settleWebhook),
    promoteWebhook: prepare(sql.promoteWebhook),
    hastenWebhooks: prepare(sql.hastenWebhooks),
    forgetWebhooks: prepare(sql.forgetWebhooks),
    listWebhooks: prepare(sql.listWebhooks),
    redeliverWebhook: prepare(sql.redeliverWebhook),
    holdBackWebhooks: prepare(sql.holdBackWebhooks),
    rowsAfter: prepare(sql.rowsAfter),
    rowsBefore: prepare(sql.rowsBefore),
    rowsFrom: prepare(sql.rowsFrom),
    amendBlock: prepare(sql.amendBlock),
    blocksSorted: sql.blocksSorted.map(prepare),
    standingBlocks: prepare(sql.standingBlocks),
    standingCount: prepare(sql.standingCount),
    placeStanding: prepare(sql.placeStanding),
    endStanding: prepare(sql.endStanding),
    overdueBlocks: prepare(sql.overdueBlocks),
    overdueStanding: prepare(sql.overdueStanding),
    nextBlockOver: prepare(sql.nextBlockOver),
    nextStandingOver: prepare(sql.nextStandingOver),
    addTraffic: prepare(sql.addTraffic),
    traffic: prepare(sql.traffic),
    addActivity: prepare(sql.addActivity),
    activity: prepare(sql.activity),
    forgetActivity: prepare(sql.forgetActivity),
    record: prepare(sql.record),
    putRecord: prepare(sql.putRecord),
    forgetRecords: prepare(sql.forgetRecords),
    removeRecords: prepare(sql.removeRecords),
    numbers: prepare(sql.numbers),
    putNumber: prepare(sql.putNumber),
    removeNumber: prepare(sql.removeNumber),
    noteRemovedNumber: prepare(sql.noteRemovedNumber),
    removedNumbers: prepare(sql.removedNumbers),
    forgetRemovedNumber: prepare(sql.forgetRemovedNumber),
    removeRows: sql.removeRows.map(prepare),
    keys: prepare(sql.keys),
    addKey: prepare(sql.addKey),
    removeKey: prepare(sql.removeKey),
    user: prepare(sql.user),
    putUser: prepare(sql.putUser),
    users: prepare(sql.users),
    removeUsers: prepare(sql.removeUsers),
    allBlocks: prepare(sql.allBlocks),
    allStanding: prepare(sql.allStanding),
    allWindows: prepare(sql.allWindows),
    addWindow: prepare(sql.addWindow),
    setting: prepare(sql.setting),
    putSetting: prepare(sql.putSetting),
  };
}
