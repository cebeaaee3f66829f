import { fieldOf, textOf } from '../api/unknown.ts';

/** A request of the page around the frame. */
export type HostMessage =
  /** Show a person by their phones; none: the conversation has no phone number. */
  | { readonly kind: 'person'; readonly users: readonly string[] }
  | { readonly kind: 'list' }
  | { readonly kind: 'theme'; readonly theme: Theme }
  | { readonly kind: 'language'; readonly tag: string };

export type Theme = 'light' | 'dark' | 'auto';

const themes: readonly string[] = ['light', 'dark', 'auto'] satisfies Theme[];

/**
 * Reads a message of the page around the frame: of the protocol of this panel (docs/operating/embed.md), or of Chatwoot, which sends a
 * dashboard app the conversation as JSON in a text (Chatwoot, "Dashboard apps").
 * @returns null for any other message: browser extensions and other frames send messages, too.
 */
export function readHostMessage(data: unknown): HostMessage | null {
  if (typeof data === 'string') return readChatwoot(data);
  const type = textOf(fieldOf(data, 'type'));
  if (type === 'blockhouse.person') return { kind: 'person', users: phonesIn([fieldOf(data, 'phone')]) };
  if (type === 'blockhouse.list') return { kind: 'list' };
  if (type === 'blockhouse.language')
    return { kind: 'language', tag: textOf(fieldOf(data, 'language')) ?? '' };
  const theme = textOf(fieldOf(data, 'theme'));
  if (type === 'blockhouse.theme' && isTheme(theme)) return { kind: 'theme', theme };
  return null;
}

export function isTheme(text: string | null): text is Theme {
  return text !== null && themes.includes(text);
}

/** A longer message is none of Chatwoot's. */
const textLengthMax = 1_000_000;

function readChatwoot(text: string): HostMessage | null {
  if (text.length > textLengthMax || !text.startsWith('{')) return null;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (textOf(fieldOf(message, 'event')) !== 'appContext') return null;
  const data = fieldOf(message, 'data');
  const sender = fieldOf(fieldOf(fieldOf(data, 'conversation'), 'meta'), 'sender');
  const phones = [fieldOf(fieldOf(data, 'contact'), 'phone_number'), fieldOf(sender, 'phone_number')];
  return { kind: 'person', users: phonesIn(phones).slice(0, 1) };
}

/** Phones or IDs as the host has them: the server reads them, and no host sends more than a line. */
export function phonesIn(values: readonly unknown[]): readonly string[] {
  return values
    .map((value) => textOf(value)?.trim() ?? '')
    .filter((text) => text !== '' && text.length <= 200);
}

/** The request by which Chatwoot sends the conversation again (Chatwoot, "Dashboard apps"). */
const chatwootRequest = 'chatwoot-dashboard-app:fetch-info';

/**
 * Listens to the page around the frame, and reports that the frame listens. Only origins that may frame the panel are around it
 * (`frame-ancestors`), so its messages need no other check than where they come from.
 * @returns stops listening.
 */
export function listenToHost(onMessage: (message: HostMessage) => void): () => void {
  const { parent } = window;
  if (parent === window) return () => {};
  const listen = ({ source, data }: MessageEvent) => {
    const message = source === parent ? readHostMessage(data) : null;
    if (message !== null) onMessage(message);
  };
  window.addEventListener('message', listen);
  // Neither says anything about anybody, so every origin may read them.
  parent.postMessage({ type: 'blockhouse.ready' }, '*');
  parent.postMessage(chatwootRequest, '*');
  return () => window.removeEventListener('message', listen);
}
