import { invalid, missing, shown } from './errors.ts';

/** Checks `messaging_product`, which every request of Meta's dialect has. @throws RequestError */
export function requireProduct(fields: Readonly<Record<string, unknown>>): void {
  const product = fields['messaging_product'];
  if (product === undefined) throw missing('messaging_product');
  if (product !== 'whatsapp') {
    const got = typeof product === 'string' ? product : JSON.stringify(product);
    throw invalid(`Param messaging_product must be one of {WHATSAPP} - got "${shown(got)}".`);
  }
}
