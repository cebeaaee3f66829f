import type { AuditContext, ClockSetting, NumberState, StoreState, UserName } from '@blockhouse/engine';
import type { Vault } from '../../../auth/secret-vault.ts';
import {
  type AuditDocument,
  type ClockState,
  documentVersion,
  type NumberDocument,
  type StateDocument,
  type UserNameDocument,
} from './state-document.ts';

/** Renders the state of a sandbox as a document. */
export function renderState(
  vault: Vault,
  { users, names, numbers }: StoreState,
  { clock, userIdSecret }: { readonly clock: ClockSetting; readonly userIdSecret: string },
): StateDocument {
  return {
    version: documentVersion,
    clock: renderClock(clock),
    user_id_secret: userIdSecret,
    users: users.map(({ waId, profile: { kind, name, username, phoneHidden } }) => ({
      wa_id: String(waId),
      kind,
      name,
      username,
      hide_phone: phoneHidden,
    })),
    user_names: names.map(renderUserName),
    numbers: numbers.map((number) => renderNumber(vault, number)),
  };
}

function renderClock(setting: ClockSetting): ClockState {
  if (setting.mode === 'offset') return { mode: 'offset', offset_ms: setting.offsetMs };
  return setting.mode === 'frozen' ? { mode: 'frozen', at_ms: setting.atMs } : setting;
}

function renderUserName({ name, kind, user, sinceMs, untilMs }: UserName): UserNameDocument {
  return {
    name,
    kind: kind === 'wa_id' ? kind : 'input',
    wa_id: String(user),
    since_ms: sinceMs,
    until_ms: untilMs,
  };
}

function renderNumber(
  vault: Vault,
  { record, listVersion, blocks, standing, windows }: NumberState,
): NumberDocument {
  return {
    id: record.id,
    wa_id: String(record.waId),
    display_phone_number: record.displayPhoneNumber,
    verified_name: record.verifiedName,
    waba_id: record.wabaId,
    portfolio_id: record.portfolioId,
    created_at_ms: record.createdAtMs,
    webhook: renderWebhook(vault, record),
    list_version: String(listVersion),
    blocks: blocks.map(({ waId, position, blockedAtMs, cause, untilMs, droppedBefore }) => ({
      wa_id: String(waId),
      position,
      blocked_at_ms: blockedAtMs,
      ...renderAudit(cause),
      until_ms: untilMs,
      dropped_before: droppedBefore,
    })),
    standing_blocks: standing.map(({ waId, placedAtMs, cause, untilMs }) => ({
      wa_id: String(waId),
      placed_at_ms: placedAtMs,
      ...renderAudit(cause),
      until_ms: untilMs,
    })),
    windows: windows.map(({ waId, lastInboundMs, dropped, lastDroppedMs, ticks, name, ...rest }) => ({
      wa_id: String(waId),
      last_inbound_ms: lastInboundMs,
      dropped,
      last_dropped_ms: lastDroppedMs,
      ticks,
      name,
      last_outbound_ms: rest.lastOutboundMs,
      known_from_ms: rest.knownFromMs,
    })),
  };
}

function renderWebhook(vault: Vault, record: NumberState['record']): NumberDocument['webhook'] {
  if (record.webhook === null) return null;
  const { url, appSecret, verifyToken } = vault.decryptWebhook(record, record.webhook);
  return { url, app_secret: appSecret, verify_token: verifyToken };
}

function renderAudit({ keyId, person, source, note }: AuditContext): AuditDocument {
  // The lists of a sandbox have no rows from Meta. The sources that the document does not know are shown as the API.
  const isUnknown = source === 'until' || source === 'elsewhere';
  return { key_id: keyId, person, source: isUnknown ? 'api' : source, note };
}
