import { BlockhouseError } from './errors.ts';
import { inputOf, type User } from './user.ts';
import { explainRefusal, type RefusalName, refusals } from './wire/index.ts';

/** A user who is now blocked, or unblocked. */
export interface ChangedUser {
  /** As the caller named them. */
  readonly user: User;
  /** Null when they were named by a business-scoped user ID. */
  readonly waId: string | null;
  /** Null when they were named by phone. */
  readonly userId: string | null;
}

/** A user who was refused, and why. */
export interface Refusal extends ChangedUser {
  readonly code: number;
  /** Why, in one word; `other` when the server says what nobody knows. */
  readonly reason: RefusalName | 'other';
  /** Meta's words. */
  readonly message: string;
  readonly details: string;
  /** The meaning, and what to do, in plain words. */
  readonly explanation: string;
}

/** The outcome of each user, in the order in which they were given. */
export interface Outcome {
  readonly changed: readonly ChangedUser[];
  readonly refused: readonly Refusal[];
  /** Users that the answer does not mention. */
  readonly unknown: readonly User[];
}

/** Some or all users were refused; only `throwIfRefused` throws it. */
export class UsersRefused extends BlockhouseError {
  override readonly name = 'UsersRefused';
  readonly refused: readonly Refusal[];

  constructor(refused: readonly Refusal[]) {
    const [first] = refused;
    const others = refused.length > 1 ? `, and ${refused.length - 1} more` : '';
    super(
      `${first === undefined ? 'nobody' : inputOf(first.user)} was refused: ${first?.explanation ?? ''}${others}`,
    );
    this.refused = refused;
  }
}

const listNames = ['added_users', 'removed_users', 'failed_users', 'errors'];

/** Whether a body is the answer to a change: it has lists, whatever its status and whether or not it has an error beside. */
export function isChangeAnswer(body: unknown): boolean {
  const lists = listsOf(body);
  return lists !== null && listNames.some((name) => Array.isArray(lists[name]));
}

/**
 * Reads the answer to a change; `done` is the list of those who were. Somebody who is both done and refused counts as
 * refused, since only that can be shown without a lie. Refusals come as `failed_users`, or as `errors` from some providers; each user gets the
 * entry with their own input, in order, and users who were given twice share one if there is only one.
 */
export function readOutcome(
  users: readonly User[],
  body: unknown,
  done: 'added_users' | 'removed_users',
): Outcome {
  const lists = listsOf(body) ?? {};
  const operation = done === 'added_users' ? 'block' : 'unblock';
  const entries = new Map<string, Entry[]>();
  const add = (row: unknown, refused: boolean) => {
    const entry = readEntry(row, refused);
    if (entry !== null) entries.set(entry.input, [...(entries.get(entry.input) ?? []), entry]);
  };
  for (const row of [...rowsOf(lists['failed_users']), ...rowsOf(lists['errors'])]) add(row, true);
  for (const row of rowsOf(lists[done])) add(row, false);

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

/** Refusals stand first, and stay: where an answer says both of somebody, they are refused. */
function nextOf(own: Entry[]): Entry | undefined {
  const [first] = own;
  return own.length > 1 && first?.error === null ? own.shift() : first;
}

interface Entry {
  readonly input: string;
  readonly waId: string | null;
  readonly userId: string | null;
  readonly error: { readonly code: number; readonly message: string; readonly details: string } | null;
}

type Fields = Readonly<Record<string, unknown>>;

function readEntry(row: unknown, refused: boolean): Entry | null {
  if (!isObject(row)) return null;
  const input = textOf(row['input']) ?? textOf(row['user']) ?? textOf(row['user_id']);
  if (input === null) return null;
  const first = rowsOf(row['errors'])[0];
  const said = isObject(first) ? first : row;
  const data = said['error_data'];
  const details = isObject(data) ? textOf(data['details']) : null;
  return {
    input,
    waId: textOf(row['wa_id']),
    userId: textOf(row['user_id']),
    error: refused
      ? { code: Number(said['code'] ?? 0), message: textOf(said['message']) ?? '', details: details ?? '' }
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

/** 131047 stands for four reasons; the details tell them apart, or that nobody was found to have a `wa_id`. */
function reasonOf(code: number, details: string, isSomebody: boolean): RefusalName | 'other' {
  if (code === 131021) return 'self';
  if (code === 139101) return 'list_full';
  if (code !== 131047) return 'other';
  if (details === refusals.invalid_format.details) return 'invalid_format';
  if (/business account/i.test(details)) return 'business';
  return /24 hours/.test(details) || isSomebody ? 'window_closed' : 'not_a_user';
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
