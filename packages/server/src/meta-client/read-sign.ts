import { platformProblemIn } from '@blockhouse/client/wire';
import type { GraphErrorBody } from './graph-error.ts';
import type { Sign } from './health.ts';

/** The state that the status of an unread answer shows. */
export function signOfStatus(status: number): Sign {
  const text = `it answered with status ${status}`;
  if (status === 401) return { kind: 'problem', problem: 'token', text };
  if (status === 429) return { kind: 'problem', problem: 'rate_limit', text };
  if (status >= 500) return { kind: 'fault', text };
  // The code of the reason, such as 190 or 368, is in the body.
  return status >= 400 ? { kind: 'refusal' } : { kind: 'well', isPassedOn: true };
}

/** The state that a read answer shows. */
export function signOf({ error }: { readonly error: GraphErrorBody | null }, status: number): Sign {
  const text = String(error?.message ?? `it answered with status ${status}`);
  const problem = error === null ? null : platformProblemIn(error);
  if (problem !== null) return { kind: 'problem', problem, text };
  return status >= 500 ? { kind: 'fault', text } : { kind: 'well' };
}
