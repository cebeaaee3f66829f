import { fieldOf, listOf, textOf } from './unknown.ts';

/** A message as it is shown: its type, and what a person reads in it. */
export interface ShownMessage {
  readonly type: string;
  /** Empty: it has no text. */
  readonly text: string;
}

/** The first message of a webhook, with the name in its sender's profile; null: it has none. */
export function readFirstMessage(webhook: unknown): (ShownMessage & { readonly name: string | null }) | null {
  const [change] = listOf(fieldOf(listOf(fieldOf(webhook, 'entry'))[0], 'changes'));
  const value = fieldOf(change, 'value');
  const [message] = listOf(fieldOf(value, 'messages'));
  if (message === undefined) return null;
  const [contact] = listOf(fieldOf(value, 'contacts'));
  return { ...readMessage(message), name: textOf(fieldOf(fieldOf(contact, 'profile'), 'name')) };
}

/** A message of a webhook. A value of another shape has no text, and never breaks the page. */
export function readMessage(message: unknown): ShownMessage {
  const type = textOf(fieldOf(message, 'type')) ?? '';
  const content = fieldOf(message, type);
  const reply = fieldOf(content, 'button_reply') ?? fieldOf(content, 'list_reply');
  const texts = [
    fieldOf(content, 'body'),
    fieldOf(content, 'caption'),
    fieldOf(content, 'filename'),
    fieldOf(content, 'text'),
    fieldOf(reply, 'title'),
    fieldOf(reply, 'description'),
    fieldOf(content, 'name'),
    fieldOf(content, 'address'),
    fieldOf(content, 'emoji'),
  ];
  return { type, text: texts.flatMap((text) => textOf(text) ?? []).join(' · ') };
}
