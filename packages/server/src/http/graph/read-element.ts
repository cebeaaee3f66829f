import type { NamedUser } from '../shared/blocklist-dialect.ts';
import { invalid } from '../shared/errors.ts';

/** Reads an element of `block_users`. If it names the user in both ways, the phone wins (Meta, "Business-scoped user IDs"). */
export function readElement(element: unknown, path: string): NamedUser {
  if (typeof element !== 'object' || element === null || Array.isArray(element))
    throw invalid(`Param ${path} must be an object with "user" or "user_id".`);
  const user = readText(element, 'user', path);
  const userId = readText(element, 'user_id', path);
  if (user !== undefined) return { input: user, field: 'user' };
  if (userId !== undefined) return { input: userId, field: 'user_id' };
  throw invalid(`Param ${path} must have "user" or "user_id".`);
}

function readText(element: object, field: NamedUser['field'], path: string): string | undefined {
  const value = (element as Partial<Record<typeof field, unknown>>)[field];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalid(`Param ${path}.${field} must be a string.`);
  return value;
}
