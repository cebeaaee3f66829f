import { batchMax, type NumberRecord, readUser, type Target, type UserIds } from '@blockhouse/engine';
import type { Services } from '../../services.ts';
import { invalid, missing, RequestFault, shown } from '../shared/errors.ts';

/** One element of a request, with how the user was named. */
export interface NamedTarget extends Target {
  readonly named: 'user' | 'user_id';
}

/**
 * Reads `block_users`: present, an array, not too long, and each element of the right shape, in this order. What is
 * merely no user is left to the rules; what has the wrong form fails the whole request.
 */
export async function readTargets(
  { directory }: Services,
  number: NumberRecord,
  value: unknown,
): Promise<NamedTarget[]> {
  if (value === undefined) throw missing('block_users');
  if (!Array.isArray(value)) throw invalid('Param block_users must be an array.');
  if (value.length > batchMax) {
    throw new RequestFault('tooManyUsers', {
      details: `Too many numbers are in the request itself: ${value.length}, at most ${batchMax} are accepted`,
    });
  }
  const elements = value.map((element: unknown, index) => readElement(element, `block_users[${index}]`));
  const ids = await directory.at(number, { texts: elements.map(({ input }) => input) });
  return elements.map((element, index) => readTarget(element, `block_users[${index}]`, ids));
}

type Element = Pick<NamedTarget, 'input' | 'named'>;

function readElement(element: unknown, name: string): Element {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    throw invalid(`Param ${name} must be an object with "user" or "user_id".`);
  }
  const user = readText(element, 'user', name);
  const userId = readText(element, 'user_id', name);
  // The phone wins when both are given (Meta, "Business-scoped user IDs").
  const named = user !== undefined ? 'user' : 'user_id';
  const input = user ?? userId;
  if (input === undefined) throw invalid(`Param ${name} must have "user" or "user_id".`);
  return { input, named };
}

function readTarget({ input, named }: Element, name: string, ids: UserIds): NamedTarget {
  const ref = readUser(input, ids);
  if (ref.kind === 'parent') {
    throw invalid(
      `Param ${name}.${named} is a parent business-scoped user ID, which cannot be blocked: "${shown(input)}".`,
    );
  }
  return { input, ref, named };
}

function readText(element: object, field: 'user' | 'user_id', name: string): string | undefined {
  const value = (element as Partial<Record<typeof field, unknown>>)[field];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalid(`Param ${name}.${field} must be a string.`);
  return value;
}
