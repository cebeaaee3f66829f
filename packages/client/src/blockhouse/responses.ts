import type { ApiRequest } from '../transport/api-request.ts';

type Check = ApiRequest['isSuccess'];
type Fields = Readonly<Record<string, unknown>>;

/** Every success of Blockhouse's own API is an object, with a status of 200 to 299. */
export const isObject: Check = (body, status) => {
  const isSuccess = status >= 200 && status < 300;
  return isSuccess && typeof body === 'object' && body !== null && !Array.isArray(body) && !('error' in body);
};

/** A list has its rows in `data`. */
export const isList: Check = (body, status) =>
  isObject(body, status) && Array.isArray((body as Fields)['data']);

/** A call without a result of its own responds with `{"success": true}`. */
export const isDone: Check = (body, status) => isObject(body, status) && (body as Fields)['success'] === true;

/** An object with these fields, each of them a list. */
export function hasLists(...names: readonly string[]): Check {
  return (body, status) =>
    isObject(body, status) && names.every((name) => Array.isArray((body as Fields)[name]));
}

/** An object with these fields, each of them a whole number. */
export function hasCounts(...names: readonly string[]): Check {
  return (body, status) =>
    isObject(body, status) && names.every((name) => Number.isInteger((body as Fields)[name]));
}

/** An object with these fields, each of them a string. */
export function hasTexts(...names: readonly string[]): Check {
  return (body, status) =>
    isObject(body, status) && names.every((name) => typeof (body as Fields)[name] === 'string');
}
