import type { NumberRecord } from '@blockhouse/engine';
import { invalid } from './errors.ts';

/** Refuses a number at Meta for a request that only a local number can carry out. @throws RequestError */
export function requireLocal({ id, upstream }: NumberRecord): void {
  if (upstream === null) return;
  throw invalid(
    `Number ${id} is at Meta, so its messages arrive through /webhooks/meta. ` +
      'To pass a request on to Meta, send the key in a header.',
  );
}
