import type { MessageContent } from '@blockhouse/engine';
import { LinkifyIt } from 'linkify-it';

type Fields = Readonly<Record<string, unknown>>;

const nothing: Fields = {};

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : nothing;
}

const mediaTypes = ['image', 'video', 'audio', 'document', 'sticker'];

/** Fields of a message, by type, that a person reads. Source: Meta, "Webhooks, messages". */
const textFields: readonly (readonly [type: string, ...path: string[]])[] = [
  ['text', 'body'],
  ['image', 'caption'],
  ['video', 'caption'],
  ['document', 'caption'],
  ['document', 'filename'],
  ['button', 'text'],
  ['interactive', 'button_reply', 'title'],
  ['interactive', 'list_reply', 'title'],
  ['interactive', 'list_reply', 'description'],
  ['location', 'name'],
  ['location', 'address'],
  ['location', 'url'],
  ['order', 'text'],
];

/** A message as rules look at it. Each part is read when a rule first asks for it. */
export class Content implements MessageContent {
  readonly #message: Fields;
  readonly #name: string | null;
  #text: string | undefined;
  #words: ReadonlySet<string> | undefined;
  #foldedName: string | undefined;
  #nameWords: ReadonlySet<string> | undefined;
  #hosts: readonly string[] | undefined;

  /** @param message as it came: `type` and the fields of that type. */
  constructor(message: Fields, name: string | null) {
    this.#message = message;
    this.#name = name;
  }

  get type(): string {
    const { type } = this.#message;
    return typeof type === 'string' ? type : '';
  }

  get text(): string {
    this.#text ??= foldText(textOf(this.#message, this.type));
    return this.#text;
  }

  get words(): ReadonlySet<string> {
    this.#words ??= wordsOf(this.text);
    return this.#words;
  }

  get name(): string {
    this.#foldedName ??= foldText(this.#name ?? '');
    return this.#foldedName;
  }

  get nameWords(): ReadonlySet<string> {
    this.#nameWords ??= wordsOf(this.name);
    return this.#nameWords;
  }

  get hosts(): readonly string[] {
    this.#hosts ??= linkedHosts(this.text);
    return this.#hosts;
  }

  get isForwardedManyTimes(): boolean {
    return fieldsOf(this.#message['context'])['frequently_forwarded'] === true;
  }

  /** The same for all copies of the message: its file, or its text if that is long enough. Null: it has neither. */
  get fingerprint(): string | null {
    const hash = mediaTypes.includes(this.type) ? fieldsOf(this.#message[this.type])['sha256'] : undefined;
    if (typeof hash === 'string') return hash;
    return this.text.length < fingerprintLengthMin ? null : this.text;
  }
}

/** Many people write "hello" or "how much?". */
const fingerprintLengthMin = 20;

function textOf(message: Fields, type: string): string {
  return textFields
    .filter(([ofType]) => ofType === type)
    .map((path) => path.reduce<unknown>((value, field) => fieldsOf(value)[field], message))
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.split(/[^\p{L}\p{N}]+/u).filter(Boolean));
}

/**
 * Letters of other scripts that look like Latin ones. Both sides of a comparison are folded, so words in those scripts
 * still match themselves. Source: Unicode, "confusables.txt", the letters that are used to disguise Latin text.
 */
const lookAlikes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: 'аαɑ',
    b: 'ьЬв',
    c: 'сϲ',
    d: 'ԁ',
    e: 'еεє',
    g: 'ɡ',
    h: 'һн',
    i: 'іιıӏ',
    j: 'ј',
    k: 'кκ',
    m: 'м',
    n: 'ոη',
    o: 'оοօσ',
    p: 'рρ',
    q: 'ԛ',
    r: 'г',
    s: 'ѕ',
    t: 'тτ',
    u: 'υս',
    v: 'νѵ',
    w: 'ԝω',
    x: 'хχ',
    y: 'уγү',
    z: 'ᴢ',
  }).flatMap(([latin, others]) => [...others].map((other) => [other, latin] as const)),
);

/** Characters that are not seen: marks of direction, joiners, variation selectors, soft hyphens. */
const invisible = /\p{Cf}|\p{Mn}/gu;

/** A text as it is compared: compatible forms, accents, case, look-alikes, and what is not seen do not count. */
export function foldText(text: string): string {
  const plain = text.normalize('NFKD').replace(invisible, '').toLowerCase();
  // Most messages are ASCII, which has nothing to fold.
  const folded = /^[\0-\x7f]*$/.test(plain) ? plain : foldLetters(plain);
  return folded.replace(/\s+/g, ' ').trim();
}

/** A text with its look-alikes as Latin letters, and nothing else changed. */
export function foldLetters(text: string): string {
  return [...text].map((letter) => lookAlikes.get(letter) ?? letter).join('');
}

/** Top-level domains that links in spam often use, besides those of countries and the oldest ones. */
const moreDomains =
  'app club click dev link live online shop site space store tech top vip website win xyz'.split(' ');

const links = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: false }).tlds(moreDomains, true);

/** Hosts of the links in a folded text: addresses with a scheme, and domains without one. */
function linkedHosts(folded: string): readonly string[] {
  // Most messages have no link, and this is much cheaper.
  if (!folded.includes('.') && !folded.includes('://')) return [];
  return (links.match(folded) ?? []).flatMap(({ schema, url }) =>
    schema === 'mailto:' || !URL.canParse(url) ? [] : [new URL(url).hostname],
  );
}
