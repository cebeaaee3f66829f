import { isSameText } from '../../shared/constant-time.ts';
import type { ReceiverClient } from '../../webhooks/receiver-client.ts';

/** A Bitrix24 portal, and the local application in it whose placement opens the panel. */
export interface Portal {
  /** The origin of the portal. */
  readonly url: string;
  /** The client ID of the application. */
  readonly app: string;
}

/** The request of a placement: the token of the portal's user, and the card that they look at. */
interface Opened {
  readonly token: string;
  readonly placement: string;
  readonly options: string;
}

/** A card of the CRM. */
export interface Card {
  /** The name of the portal's user; null: the portal gives none. */
  readonly user: string | null;
  readonly phones: readonly string[];
}

const phonesMax = 10;

/** Where the phones of each kind of card are. A deal has those of its contact. */
const commandsFor: Readonly<Record<string, (id: string) => Readonly<Record<string, string>>>> = {
  CONTACT: (id) => ({ card: phonesOf('contact', id) }),
  LEAD: (id) => ({ card: phonesOf('lead', id) }),
  COMPANY: (id) => ({ card: phonesOf('company', id) }),
  DEAL: (id) => ({
    deal: `crm.deal.list?filter[ID]=${id}&select[]=CONTACT_ID`,
    card: phonesOf('contact', '$result[deal][0][CONTACT_ID]'),
  }),
};

function phonesOf(entity: string, id: string): string {
  return `crm.${entity}.list?filter[ID]=${id}&select[]=PHONE`;
}

/**
 * Asks a portal whose token it is, in one request (Bitrix24, "batch", "app.info", "profile").
 * @returns the card with its phones; null: the portal does not know the token, or it belongs to another application.
 * @throws Error when the portal does not answer.
 */
export async function askPortal(
  client: ReceiverClient,
  { url, app }: Portal,
  { token, placement, options }: Opened,
): Promise<Card | null> {
  if (!/^[\w.-]{1,500}$/.test(token)) return null;
  const [, kind = ''] = /^CRM_([A-Z]+)_/.exec(placement) ?? [];
  const commands = {
    app: 'app.info',
    user: 'profile',
    ...commandsFor[kind]?.(idIn(options)),
  };
  const body = new URLSearchParams({ auth: token, halt: '0' });
  for (const [name, command] of Object.entries(commands)) body.set(`cmd[${name}]`, command);
  const { status, text } = await client.ask(`${url}/rest/batch.json`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
  if (status !== 200) return null;
  const results = field(field(parsed(utf8(text)), 'result'), 'result');
  const code = field(field(results, 'app'), 'CODE');
  if (typeof code !== 'string' || !isSameText(code, app)) return null;
  const user = field(results, 'user');
  const name = [field(user, 'NAME'), field(user, 'LAST_NAME')].filter(isText).join(' ').trim();
  return { user: name === '' ? null : name.slice(0, 200), phones: phonesIn(field(results, 'card')) };
}

/** The ID of a card in the options of its placement, which are JSON; 0, which no card has, where there is none. */
function idIn(options: string): string {
  const id = String(field(parsed(options), 'ID'));
  return /^\d{1,15}$/.test(id) ? id : '0';
}

function phonesIn(cards: unknown): readonly string[] {
  const [card] = Array.isArray(cards) ? cards : [];
  const phones = field(card, 'PHONE');
  return (Array.isArray(phones) ? phones : [])
    .map((phone) => field(phone, 'VALUE'))
    .filter(isText)
    .slice(0, phonesMax);
}

/** The client hands on bytes as they are. */
function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 200;
}
