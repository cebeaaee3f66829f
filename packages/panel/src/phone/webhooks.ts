import { fieldOf, listOf, textOf } from '../api/unknown.ts';

/** A webhook that the sandbox has sent, as it is shown. */
export interface SentWebhook {
  readonly id: string;
  readonly state: string;
  /** Its content in a word: `text`, `delivered`; empty if its shape is not known. */
  readonly kind: string;
  /** The body, indented where it is JSON. */
  readonly body: string;
}

/**
 * Reads the answer of `GET /sandbox/webhooks`. A value of another shape is left out or shown as it is, and never
 * breaks the page.
 */
export function readWebhooks(answer: unknown): readonly SentWebhook[] {
  return listOf(fieldOf(answer, 'data')).flatMap((sent) => {
    const id = textOf(fieldOf(sent, 'id'));
    const body = textOf(fieldOf(sent, 'body'));
    if (id === null || body === null) return [];
    return [{ id, state: textOf(fieldOf(sent, 'state')) ?? '', ...readBody(body) }];
  });
}

function readBody(text: string): Pick<SentWebhook, 'kind' | 'body'> {
  try {
    const body: unknown = JSON.parse(text);
    return { kind: kindOf(body), body: JSON.stringify(body, null, 1) };
  } catch {
    return { kind: '', body: text };
  }
}

/** The type of the first message, the status of the first status, or the name of the field that has changed. */
function kindOf(body: unknown): string {
  const [change] = listOf(fieldOf(listOf(fieldOf(body, 'entry'))[0], 'changes'));
  const value = fieldOf(change, 'value');
  return (
    textOf(fieldOf(listOf(fieldOf(value, 'messages'))[0], 'type')) ??
    textOf(fieldOf(listOf(fieldOf(value, 'statuses'))[0], 'status')) ??
    textOf(fieldOf(change, 'field')) ??
    ''
  );
}
