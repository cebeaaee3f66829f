import type { ChangedUser, Refusal } from '../outcomes.ts';
import { inputOf, type User } from '../user.ts';
import { explainRefusal, type RefusalName, refusals } from '../wire/index.ts';

/** The outcome of each user of one request. Each list has the order of the request. */
export interface ChangeOutcome {
  readonly changed: readonly ChangedUser[];
  readonly refused: readonly Refusal[];
  /** Users that the response does not mention. */
  readonly unknown: readonly User[];
}

type Fields = Readonly<Record<string, unknown>>;

const listNames = ['added_users', 'removed_users', 'failed_users', 'errors'];

/**
 * Whether a body is the response to a change: it contains lists of users, with any status, and with or
 * without an error.
 */
export function isChangeResponse(body: unknown): boolean {
  const lists = listsOf(body);
  return lists !== null && listNames.some((name) => Array.isArray(lists[name]));
}

/**
 * Reads the response to a change. Meta lists refusals in `failed_users`, some providers list them in
 * `errors`. A user who is listed both as changed and as refused counts as refused, so that a refusal never
 * looks like a success. Users are matched by `input`. A user whom the request names twice gets two entries,
 * or shares one if there is only one.
 * @param changedList the name of the list of changed users.
 */
export function readChangeResponse(
  users: readonly User[],
  body: unknown,
  changedList: 'added_users' | 'removed_users',
): ChangeOutcome {
  const lists = listsOf(body) ?? {};
  const operation = changedList === 'added_users' ? 'block' : 'unblock';
  const entries = entriesByInput(lists, changedList);
  const changed: ChangedUser[] = [];
  const refused: Refusal[] = [];
  const unknown: User[] = [];
  for (const user of users) {
    const own = entries.get(inputOf(user)) ?? entries.get(inputOf(user).replace(/\D/g, ''));
    const entry = own === undefined ? undefined : nextOf(own);
    if (entry === undefined) unknown.push(user);
    else if (entry.error === null) changed.push({ user, waId: entry.waId, userId: entry.userId });
    else refused.push({ user, waId: entry.waId, userId: entry.userId, ...explained(entry, operation) });
  }
  return { changed, refused, unknown };
}

/** A row of one of the lists. */
interface Entry {
  readonly input: string;
  readonly waId: string | null;
  readonly userId: string | null;
  readonly error: { readonly code: number; readonly message: string; readonly details: string } | null;
}

/** The entries of each input, refusals first. */
function entriesByInput(lists: Fields, changedList: string): ReadonlyMap<string, Entry[]> {
  const rows = [
    ...rowsOf(lists['failed_users']).map((row) => readEntry(row, true)),
    ...rowsOf(lists['errors']).map((row) => readEntry(row, true)),
    ...rowsOf(lists[changedList]).map((row) => readEntry(row, false)),
  ];
  const entries = new Map<string, Entry[]>();
  for (const entry of rows)
    if (entry !== null) entries.set(entry.input, [...(entries.get(entry.input) ?? []), entry]);
  return entries;
}

/**
 * Takes the next entry of an input. A refusal and the last entry stay for later users with the same input.
 */
function nextOf(own: Entry[]): Entry | undefined {
  const [first] = own;
  return own.length > 1 && first?.error === null ? own.shift() : first;
}

function readEntry(row: unknown, isRefused: boolean): Entry | null {
  if (!isObject(row)) return null;
  const input = textOf(row['input']) ?? textOf(row['user']) ?? textOf(row['user_id']);
  if (input === null) return null;
  const first = rowsOf(row['errors'])[0];
  const error = isObject(first) ? first : row;
  const data = error['error_data'];
  const details = isObject(data) ? textOf(data['details']) : null;
  return {
    input,
    waId: textOf(row['wa_id']),
    userId: textOf(row['user_id']),
    error: isRefused
      ? { code: Number(error['code'] ?? 0), message: textOf(error['message']) ?? '', details: details ?? '' }
      : null,
  };
}

function explained(
  { error, waId, userId }: Entry,
  operation: 'block' | 'unblock',
): Omit<Refusal, keyof ChangedUser> {
  const { code, message, details } = error ?? { code: 0, message: '', details: '' };
  const reason = reasonOf(code, details, waId !== null || userId !== null);
  const explanation =
    reason === 'other'
      ? `The server refused this user: ${message || `code ${code}`}.`
      : explainRefusal(reason, operation);
  return { code, reason, message, details, explanation };
}

/**
 * The reason that a code stands for. 131047 stands for several: the details tell them apart, and a user
 * without an ID in the response was not found on WhatsApp.
 */
function reasonOf(code: number, details: string, hasId: boolean): RefusalName | 'other' {
  if (code === 131021) return 'self';
  if (code === 139101) return 'list_full';
  if (code !== 131047) return 'other';
  if (details === refusals.invalid_format.details) return 'invalid_format';
  if (/business account/i.test(details)) return 'business';
  return /24 hours/.test(details) || hasId ? 'window_closed' : 'not_a_user';
}

function listsOf(body: unknown): Fields | null {
  const lists = isObject(body) ? body['block_users'] : undefined;
  return isObject(lists) ? lists : null;
}

function rowsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
