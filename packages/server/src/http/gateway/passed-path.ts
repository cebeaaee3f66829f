import { isKnownVersion } from '../shared/version.ts';

/** A path of Graph's that may be passed on: `/[vN.N/]{id}[/edge…]`. */
export interface PassedPath {
  readonly id: string;
  /** The rest of the path after the ID, with its slash; null: the ID is alone. */
  readonly edge: string | null;
}

/** Reads a path. @returns null when it is none of Graph's, or does not say plainly where it leads. */
export function readPassedPath(path: string): PassedPath | null {
  const [, version, id, edge = null] = /^(?:\/(v[^/]*))?\/(\d{1,30})(\/.+?)?\/?$/.exec(path) ?? [];
  if (id === undefined || (version !== undefined && !isKnownVersion(version))) return null;
  if (edge !== null && !edge.slice(1).split('/').every(isPlain)) return null;
  // The blocklist has routes of its own here; another spelling of it must not get past them.
  if (edge !== null && /^\/block_users(?:\/|$)/i.test(edge)) return null;
  return { id, edge };
}

/** Whether a component is what it looks like: nothing in it leads elsewhere, however often it is decoded. */
function isPlain(component: string): boolean {
  return component !== '.' && component !== '..' && /^[\w.~:@!$&'()*+,=-]+$/.test(component);
}

/** Requests of Graph's that are not passed on, and what to do instead; `docs/operating/gateway.md` lists them. */
export const notPassedThrough: readonly {
  readonly what: string;
  readonly path: RegExp;
  readonly instead: string;
}[] = [
  {
    what: 'Batch requests',
    path: /^\/(?:v\d{1,2}\.0\/?)?$/,
    instead: 'Send each request by itself.',
  },
  {
    what: 'Resumable uploads',
    path: /^(?:\/v\d{1,2}\.0)?\/(?:\d{1,30}\/uploads|app\/uploads|upload:[^/]*)\/?$/,
    instead: 'Upload media to /{phone_number_id}/media, and headers of templates to Meta with its own token.',
  },
];
