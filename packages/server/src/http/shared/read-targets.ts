import { type NumberRecord, readUser, type Target, type UserIds } from '@blockhouse/engine';
import type { Services } from '../../services.ts';
import type { BlocklistDialect, NamedUser } from './blocklist-dialect.ts';
import { invalid, missing, shown } from './errors.ts';

/**
 * Reads `block_users`: it is there, it is an array, it is not too long, and each element has the right form, in this order. An
 * element in the wrong form fails the whole request. An element that names nobody is refused by itself, with its outcome.
 */
export async function readTargets(
  { directory }: Services,
  number: NumberRecord,
  value: unknown,
  dialect: BlocklistDialect,
): Promise<readonly Target[]> {
  if (value === undefined) throw missing('block_users');
  if (!Array.isArray(value)) throw invalid('Param block_users must be an array.');
  if (value.length > dialect.batchMax) throw dialect.tooManyUsers(value.length);
  const users = value.map((element: unknown, index) => dialect.readElement(element, pathOf(index)));
  const ids = await directory.lookup(number, { texts: users.map(({ input }) => input) });
  return users.map((user, index) => readTarget(user, pathOf(index), ids));
}

function pathOf(index: number): string {
  return `block_users[${index}]`;
}

function readTarget({ input, field }: NamedUser, path: string, ids: UserIds): Target {
  const ref = readUser(input, ids);
  if (ref.kind !== 'parent') return { input, ref };
  throw invalid(
    `Param ${path}.${field} is a parent business-scoped user ID, which cannot be blocked: "${shown(input)}".`,
  );
}
