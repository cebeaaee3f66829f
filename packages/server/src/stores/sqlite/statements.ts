import type { DatabaseSync, SQLInputValue, StatementResultingChanges } from 'node:sqlite';
import type { Row } from '../rows.ts';
import * as sql from './sql.ts';

/** A prepared statement whose rows are arrays, which the types of the driver do not say. */
interface RowStatement {
  get(...values: SQLInputValue[]): Row | undefined;
  all(...values: SQLInputValue[]): Row[];
  run(...values: SQLInputValue[]): StatementResultingChanges;
}

/** Every statement of the store, prepared once. Rows come as arrays. */
export type Statements = ReturnType<typeof prepareAll>;

export function prepareAll(db: DatabaseSync) {
  const prepare = (text: string): RowStatement => {
    const statement = db.prepare(text);
    statement.setReturnArrays(true);
    return statement as unknown as RowStatement;
  };
  return {
    listStates: prepare(sql.listStates),
    setListState: prepare(sql.setListState),
    userFacts: prepare(sql.userFacts),
    putWindow: prepare(sql.putWindow),
    addBlock: prepare(sql.addBlock),
    removeBlock: prepare(sql.removeBlock),
    messageSeen: prepare(sql.messageSeen),
    addWebhook: prepare(sql.addWebhook),
    dueWebhooks: prepare(sql.dueWebhooks),
    nextWebhookDue: prepare(sql.nextWebhookDue),
    webhook: prepare(sql.webhook),
    recordAttempt: prepare(sql.recordAttempt),
    promoteWebhook: prepare(sql.promoteWebhook),
    makeWebhooksDue: prepare(sql.makeWebhooksDue),
    purgeWebhooks: prepare(sql.purgeWebhooks),
    listWebhooks: prepare(sql.listWebhooks),
    webhooksSliceEnd: prepare(sql.webhooksSliceEnd),
    latestTriedWebhook: prepare(sql.latestTriedWebhook),
    redeliverWebhook: prepare(sql.redeliverWebhook),
    holdBackWebhooks: prepare(sql.holdBackWebhooks),
    rowsAfter: prepare(sql.rowsAfter),
    rowsBefore: prepare(sql.rowsBefore),
    rowsFrom: prepare(sql.rowsFrom),
    amendBlock: prepare(sql.amendBlock),
    blocksSorted: sql.blocksSorted.map(prepare),
    blocksSliceEnd: sql.blocksSliceEnd.map(prepare),
    blockPosition: prepare(sql.blockPosition),
    standingBlocks: prepare(sql.standingBlocks),
    standingSliceEnd: prepare(sql.standingSliceEnd),
    standingCount: prepare(sql.standingCount),
    placeStanding: prepare(sql.placeStanding),
    endStanding: prepare(sql.endStanding),
    expiredBlocks: prepare(sql.expiredBlocks),
    expiredStanding: prepare(sql.expiredStanding),
    nextBlockExpiry: prepare(sql.nextBlockExpiry),
    nextStandingExpiry: prepare(sql.nextStandingExpiry),
    addTraffic: prepare(sql.addTraffic),
    traffic: prepare(sql.traffic),
    addActivity: prepare(sql.addActivity),
    activity: sql.activity.map(prepare),
    activitySliceEnd: sql.activitySliceEnd.map(prepare),
    purgeActivity: prepare(sql.purgeActivity),
    addMessage: prepare(sql.addMessage),
    purgeMessages: prepare(sql.purgeMessages),
    callbackData: prepare(sql.callbackData),
    lastWebhook: prepare(sql.lastWebhook),
    putLastWebhook: prepare(sql.putLastWebhook),
    session: prepare(sql.session),
    addSession: prepare(sql.addSession),
    removeSession: prepare(sql.removeSession),
    purgeSessions: prepare(sql.purgeSessions),
    bulkRun: prepare(sql.bulkRun),
    putBulkRun: prepare(sql.putBulkRun),
    bulkResults: prepare(sql.bulkResults),
    putBulkResults: prepare(sql.putBulkResults),
    purgeBulkRuns: prepare(sql.purgeBulkRuns),
    purgeBulkResults: prepare(sql.purgeBulkResults),
    removeBulkRuns: prepare(sql.removeBulkRuns),
    removeBulkResults: prepare(sql.removeBulkResults),
    checkWrite: prepare(sql.checkWrite),
    removeWriteCheck: prepare(sql.removeWriteCheck),
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
    userByName: prepare(sql.userByName),
    userNamesOf: prepare(sql.userNamesOf),
    putUserName: prepare(sql.putUserName),
    allUserNames: prepare(sql.allUserNames),
    removeUserNames: prepare(sql.removeUserNames),
    userBlock: prepare(sql.userBlock),
    userStanding: prepare(sql.userStanding),
    userWindow: prepare(sql.userWindow),
    removeWindow: prepare(sql.removeWindow),
    allBlocks: prepare(sql.allBlocks),
    allStanding: prepare(sql.allStanding),
    allWindows: prepare(sql.allWindows),
    addWindow: prepare(sql.addWindow),
    setting: prepare(sql.setting),
    putSetting: prepare(sql.putSetting),
  };
}
