import type { ApiRequest } from './request.ts';

/** A request of Blockhouse's own API: fields in camel case, as everywhere in this SDK. */
export type OwnRequest = Omit<ApiRequest, 'isAnswer'>;

type Check = ApiRequest['isAnswer'];
type Fields = Readonly<Record<string, unknown>>;

/** Every answer of Blockhouse's own API is an object, and its status says whether it is a success. */
export const isObject: Check = (body, status) => {
  const isSuccess = status >= 200 && status < 300;
  return isSuccess && typeof body === 'object' && body !== null && !Array.isArray(body) && !('error' in body);
};

export const isList: Check = (body, status) =>
  isObject(body, status) && Array.isArray((body as Fields)['data']);

/** `{"success": true}`: what has no other answer than that it is done says so. */
export const isDone: Check = (body, status) => isObject(body, status) && (body as Fields)['success'] === true;

/** An object that has these fields as texts. */
export function has(...names: readonly string[]): Check {
  return (body, status) =>
    isObject(body, status) && names.every((name) => typeof (body as Fields)[name] === 'string');
}
