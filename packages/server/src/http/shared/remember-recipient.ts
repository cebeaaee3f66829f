import type { Readable } from 'node:stream';
import type { NumberRecord } from '@blockhouse/engine';
import type { Services } from '../../services.ts';
import { claimsOfContacts } from '../../users/contacts.ts';

/** The answer to a send is a few hundred bytes. */
const answerBytesMax = 64 * 1024;

/** Records which user Meta has sent a message to, as its answer states. The client does not wait for this. */
export function rememberRecipient(services: Services, number: NumberRecord, answer: unknown): void {
  const { directory, clock, log } = services;
  directory.record(number, claimsOfContacts(answer, clock())).catch((error: unknown) => {
    log.warn({ err: error, number: number.id }, 'the recipient of a message was not recorded');
  });
}

/** The same from the body of an answer that is streamed to the client. */
export function rememberRecipientFrom(services: Services, number: NumberRecord, body: Readable): void {
  const chunks: Buffer[] = [];
  let size = 0;
  body
    .on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= answerBytesMax) chunks.push(chunk);
    })
    .pause();
  body.once('end', () => {
    if (size > answerBytesMax) return;
    const answer = parsed(Buffer.concat(chunks).toString('utf8'));
    if (answer !== null) rememberRecipient(services, number, answer);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
