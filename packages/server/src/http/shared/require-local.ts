import type { NumberRecord } from '@blockhouse/engine';
import { invalid } from './errors.ts';

/** What only Blockhouse's own platform can do is refused for a number that lives at Meta. */
export function requireLocal({ id, upstream }: NumberRecord): void {
  if (upstream === null) return;
  throw invalid(
    `Number ${id} lives at Meta: its users write there, and what they write comes in at /webhooks/meta. ` +
      'Name the key in a header where the request is to be passed on.',
  );
}
