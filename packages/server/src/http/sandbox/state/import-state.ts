import { phoneVariants } from '@blockhouse/client/wire';
import {
  type AuditContext,
  type ClockSetting,
  clockMaxMs,
  type MovableClock,
  type NumberRecord,
  type NumberState,
  readWaId,
  type StoreState,
  type WaId,
} from '@blockhouse/engine';
import type { Vault } from '../../../auth/secret-vault.ts';
import { invalid, shown } from '../../shared/errors.ts';
import { readReceiverUrl } from '../../shared/receiver-url.ts';
import type {
  AuditDocument,
  ClockState,
  NumberDocument,
  StateDocument,
  UserNameDocument,
} from './state-document.ts';

/** Reads a document as the state of the store. @throws RequestError before anything is changed, if the state is impossible. */
export function readState(
  vault: Vault,
  { users, user_names: names, numbers }: Pick<StateDocument, 'users' | 'user_names' | 'numbers'>,
): StoreState {
  const state = {
    names: (names ?? namesOfWriters(numbers)).map(readUserName),
    users: users.map(({ wa_id: waId, kind, name, username, hide_phone: phoneHidden }, index) => ({
      waId: readId(waId, `users[${index}].wa_id`),
      profile: { kind, name, username, phoneHidden },
    })),
    numbers: numbers.map((number, index) => readNumber(vault, number, `numbers[${index}]`)),
  };
  requireUnique('users', state.users, ({ waId }) => waId);
  requireUnique('user_names', state.names, ({ name }) => name);
  requireUnique('numbers', state.numbers, ({ record }) => record.id);
  requireUnique('numbers', state.numbers, ({ record }) => record.waId);
  return state;
}

/** Reads the setting of the clock. It must show a time that the clock can be moved to. */
export function readClock(state: ClockState, clock: MovableClock): ClockSetting {
  const setting = clockSetting(state);
  const atMs = clock.showing(setting);
  if (atMs < 0 || atMs > clockMaxMs) throw invalid('Param clock must show a time from 1970 to 2200.');
  return setting;
}

/**
 * Refuses a state with a number at Meta. Such numbers are not part of the sandbox's state, and stay as they are.
 */
export function requireNoneAtMeta({ numbers }: StoreState, atMeta: readonly NumberRecord[]): void {
  for (const { id, waId } of atMeta) {
    const index = numbers.findIndex(({ record }) => record.id === id || record.waId === waId);
    if (index >= 0) throw invalid(`Param numbers[${index}]: number ${id} is at Meta and exists already.`);
  }
}

function clockSetting(state: ClockState): ClockSetting {
  if (state.mode === 'offset') return { mode: 'offset', offsetMs: state.offset_ms };
  return state.mode === 'frozen' ? { mode: 'frozen', atMs: state.at_ms } : state;
}

/** Documents of earlier versions have no `user_names`. Users who have written are then known by the `wa_id` that they had. */
function namesOfWriters(numbers: readonly NumberDocument[]): readonly UserNameDocument[] {
  const writers = numbers.flatMap(({ windows }) =>
    windows.filter(({ last_inbound_ms: atMs }) => atMs !== null).map(({ wa_id: waId }) => waId),
  );
  return [...new Set(writers)]
    .filter((waId) => phoneVariants(waId).length > 1)
    .map((waId) => ({ name: waId, kind: 'wa_id', wa_id: waId, since_ms: 0, until_ms: null }));
}

function readUserName({ name, kind, wa_id: waId, since_ms, until_ms }: UserNameDocument, index: number) {
  return {
    name: String(readId(name, `user_names[${index}].name`)),
    kind,
    user: readId(waId, `user_names[${index}].wa_id`),
    sinceMs: since_ms,
    untilMs: until_ms,
  };
}

/** @param path names the number in errors, as `numbers[0]` does. */
function readNumber(vault: Vault, number: NumberDocument, path: string): NumberState {
  const state = {
    record: readRecord(vault, number, path),
    listVersion: readVersion(number.list_version, `${path}.list_version`),
    blocks: number.blocks.map((block, row) => ({
      waId: readId(block.wa_id, `${path}.blocks[${row}].wa_id`),
      position: block.position,
      blockedAtMs: block.blocked_at_ms,
      cause: readAudit(block),
      untilMs: block.until_ms ?? null,
      droppedBefore: block.dropped_before ?? 0,
    })),
    standing: (number.standing_blocks ?? []).map((block, row) => ({
      waId: readId(block.wa_id, `${path}.standing_blocks[${row}].wa_id`),
      placedAtMs: block.placed_at_ms,
      cause: readAudit(block),
      untilMs: block.until_ms ?? null,
    })),
    windows: number.windows.map((window, row) => ({
      waId: readId(window.wa_id, `${path}.windows[${row}].wa_id`),
      lastInboundMs: window.last_inbound_ms,
      dropped: window.dropped,
      lastDroppedMs: window.last_dropped_ms,
      ticks: window.ticks,
      name: window.name ?? null,
      lastOutboundMs: window.last_outbound_ms ?? null,
      knownFromMs: window.known_from_ms ?? window.last_inbound_ms,
    })),
  };
  requireUnique(`${path}.blocks`, state.blocks, ({ waId }) => waId);
  requireUnique(`${path}.standing_blocks`, state.standing, ({ waId }) => waId);
  requireUnique(`${path}.windows`, state.windows, ({ waId }) => waId);
  state.blocks.forEach(({ position }, row) => {
    if (position <= (state.blocks[row - 1]?.position ?? 0))
      throw invalid(`Param ${path}.blocks[${row}].position must grow along the list.`);
  });
  return state;
}

function readRecord(vault: Vault, number: NumberDocument, path: string): NumberRecord {
  const { webhook } = number;
  return {
    id: number.id,
    waId: readId(number.wa_id, `${path}.wa_id`),
    displayPhoneNumber: number.display_phone_number,
    verifiedName: number.verified_name,
    wabaId: number.waba_id,
    portfolioId: number.portfolio_id,
    createdAtMs: number.created_at_ms,
    webhook:
      webhook === null
        ? null
        : vault.encryptWebhook(number.id, {
            url: readReceiverUrl(`${path}.webhook.url`, webhook.url),
            appSecret: webhook.app_secret,
            verifyToken: webhook.verify_token,
          }),
    upstream: null,
  };
}

function readAudit({
  key_id: keyId,
  person = null,
  source = 'api',
  note = null,
}: AuditDocument): AuditContext {
  return { keyId, person, source, note };
}

/** A version is a time in microseconds. */
function readVersion(text: string, parameter: string): number {
  const version = Number(text);
  if (version > clockMaxMs * 1000)
    throw invalid(`Param ${parameter} is later than the year 2200 - got "${text}".`);
  return version;
}

function readId(text: string, parameter: string): WaId {
  const waId = readWaId(text);
  if (waId === null) throw invalid(`Param ${parameter} must be a wa_id - got "${shown(text)}".`);
  return waId;
}

function requireUnique<Row>(parameter: string, rows: readonly Row[], keyOf: (row: Row) => unknown): void {
  if (new Set(rows.map(keyOf)).size < rows.length)
    throw invalid(`Param ${parameter} must not name the same one twice.`);
}
