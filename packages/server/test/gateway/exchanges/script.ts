import { type Call, type Exchange, type GraphClient, jsonIn } from './client.ts';
import { failure, type Incident, phoneNumberId, wabaId } from './graph.ts';
import {
  type DocumentedError,
  definiteErrors,
  pages,
  rateErrors,
  tokenErrors,
  transientErrors,
} from './graph-errors.ts';
import { Dice } from './random.ts';

/** Some calls that belong together, and what befalls the first that it is about. */
export interface Step {
  readonly name: string;
  readonly incident: Incident | null;
  run(client: GraphClient): Promise<unknown>;
}

type Draft = Omit<Step, 'incident'> & {
  /** Where something may befall it; null: nowhere. */
  readonly at?: { readonly methods: readonly string[]; readonly edge: string | null };
};

const json = { 'content-type': 'application/json' };
const number = phoneNumberId;

/** Steps that are the same for the same seed, without an end. */
export function* script(seed: number): Generator<Step> {
  const dice = new Dice(seed);
  let unanswered = 0;
  while (true) {
    const { at, ...draft } = dice.pick(drafts)(dice);
    const incident = at !== undefined && dice.chance(0.3) ? incidentAt(dice, at) : null;
    // Five such answers in a row open a circuit: the gateway then answers by itself.
    if ([502, 503, 504].includes(incident?.answer.status ?? 0)) unanswered++;
    else unanswered = 0;
    yield { ...draft, incident: unanswered > 2 ? null : incident };
  }
}

function incidentAt(dice: Dice, at: { methods: readonly string[]; edge: string | null }): Incident {
  const isList = at.edge === 'block_users';
  const kind = dice.pick(['definite', 'definite', 'definite', 'token', 'rate', 'transient', 'page'] as const);
  switch (kind) {
    case 'rate': {
      const error = dice.pick(rateErrors);
      const seconds = 60 * (1 + dice.below(30));
      const usage = {
        [wabaId]: [
          {
            type: 'whatsapp',
            call_count: 100,
            total_cputime: 25,
            total_time: 25,
            estimated_time_to_regain_access: seconds / 60,
          },
        ],
      };
      const hint: Record<string, string> = dice.chance(0.5)
        ? { 'retry-after': String(seconds) }
        : { 'x-business-use-case-usage': JSON.stringify(usage) };
      return { ...at, answer: failure(error, hint), forSeconds: seconds };
    }
    case 'page':
      // A web page with 200 is no answer about a blocklist.
      return { ...at, answer: dice.pick(pages) };
    default: {
      const errors: Record<typeof kind, readonly DocumentedError[]> = {
        definite: definiteErrors,
        token: tokenErrors,
        transient: transientErrors,
      };
      const error = dice.pick(errors[kind]);
      return { ...at, answer: failure(error, isList ? {} : { 'x-fb-rev': '1' }) };
    }
  }
}

function path(dice: Dice, rest: string): string {
  const version = dice.pick(['', ...Array.from({ length: 13 }, (_, index) => `/v${13 + index}.0`)]);
  return `${version}/${rest}`;
}

function tokenIn(dice: Dice): NonNullable<Call['tokenIn']> {
  return dice.pick(['header', 'header', 'query', 'oauth'] as const);
}

function phone(dice: Dice): string {
  const digits = `1650555${1000 + dice.below(120)}`;
  return dice.pick([digits, `+${digits}`, `+1 (650) 555-${digits.slice(7)}`]);
}

const blocklist = (dice: Dice): Draft => {
  const isBlock = dice.chance(0.6);
  const users = Array.from({ length: 1 + dice.below(6) }, () =>
    dice.chance(0.1)
      ? { user_id: `US.${dice.below(1e9)}` }
      : { user: dice.chance(0.1) ? dice.pick(['123', 'nobody', '+491']) : phone(dice) },
  );
  const unique = [...new Map(users.map((user) => [digitsOf(user), user])).values()];
  const fields = { messaging_product: 'whatsapp', block_users: JSON.stringify(unique) };
  const target = path(dice, `${number}/block_users`);
  const how = dice.pick(['json', 'json', 'form', 'multipart', 'query', 'method'] as const);
  const method = isBlock || how === 'method' ? 'POST' : 'DELETE';
  const query = `?${new URLSearchParams(fields)}`;
  const at =
    how === 'method'
      ? `${target}?method=${isBlock ? 'post' : 'delete'}`
      : how === 'query'
        ? target + query
        : target;
  const body: Partial<Call> = {
    json: { headers: json, body: JSON.stringify({ ...fields, block_users: unique }) },
    method: { headers: json, body: JSON.stringify({ ...fields, block_users: unique }) },
    form: { body: new URLSearchParams(fields) },
    multipart: { body: formOf(fields) },
    query: {},
  }[how];
  const call = { method, tokenIn: tokenIn(dice), isRepeatable: true, ...body };
  return {
    name: `${isBlock ? 'block' : 'unblock'} ${unique.length} by ${how}`,
    at: { methods: ['POST', 'DELETE'], edge: 'block_users' },
    run: (client) => client.call(at, call),
  };
};

const listing = (dice: Dice): Draft => {
  const limit = dice.pick(['', '?limit=5', '?limit=7', '?limit=1000', '?limit=5000']);
  const at = path(dice, `${number}/block_users`);
  const call = { tokenIn: tokenIn(dice), isRepeatable: true };
  const changes = dice.chance(0.3);
  const user = `1650555${1000 + dice.below(60)}`;
  const isSeen = dice.chance(0.3);
  return {
    name: `list ${limit}${changes ? ', which changes meanwhile' : ''}`,
    at: { methods: ['GET'], edge: 'block_users' },
    async run(client) {
      const first = await client.call(at + limit, call);
      if (changes) {
        const body = JSON.stringify({ messaging_product: 'whatsapp', block_users: [{ user }] });
        await client.call(at, { method: 'POST', headers: json, body, isRepeatable: true });
      }
      await client.follow(first, 'next', call, 3);
      await client.follow(last(client), 'previous', call, 1);
      if (isSeen && first.headers['etag'] !== undefined)
        await client.call(at + limit, { ...call, headers: { 'if-none-match': first.headers['etag'] } });
    },
  };
};

const templates = (dice: Dice): Draft => {
  const query = dice.pick([
    '?limit=9',
    '?limit=20&fields=name,status',
    '',
    '?fields=name%2Clanguage&limit=30',
    '?limit=11&fields=name,%20components',
  ]);
  const at = path(dice, `${wabaId}/message_templates`);
  const call = { tokenIn: tokenIn(dice), isRepeatable: true };
  return {
    name: `templates ${query}`,
    at: { methods: ['GET'], edge: 'message_templates' },
    async run(client) {
      await client.follow(await client.call(at + query, call), 'next', call, 8);
      await client.follow(last(client), 'previous', call, 2);
    },
  };
};

const template = (dice: Dice): Draft => {
  const name = `grüße_${dice.below(1000)}`;
  const at = path(dice, `${wabaId}/message_templates`);
  const components = [{ type: 'BODY', text: 'Schöne Grüße/पानी 👋🏽\n"{{1}}"' }];
  return {
    name: 'make and remove a template',
    at: { methods: ['POST'], edge: 'message_templates' },
    async run(client) {
      const body = JSON.stringify({ name, language: 'de', components, n: 1.1 }).replace(
        '1.1',
        '12345678901234567890',
      );
      await client.call(at, { method: 'POST', headers: json, body });
      await client.call(`${at}?name=${encodeURIComponent(name)}`, { method: 'DELETE' });
    },
  };
};

const media = (dice: Dice): Draft => {
  const bytes = Buffer.from(Array.from({ length: dice.below(4000) }, () => dice.below(256)));
  const type = dice.pick([
    'image/jpeg',
    'application/pdf',
    'audio/ogg; codecs=opus',
    'text/plain',
    'application/json',
  ]);
  const name = dice.pick(['a.jpg', 'Größe – 1.pdf', 'a b.txt']);
  const at = path(dice, `${number}/media`);
  const ways: readonly Call[] = [
    {},
    { headers: { range: `bytes=${dice.below(50)}-${50 + dice.below(100)}` } },
    { headers: { range: 'bytes=-10' } },
    { headers: { range: 'bytes=99999999-' } },
    { method: 'HEAD' },
  ];
  const chosen = [dice.pick(ways), dice.pick(ways)];
  const isDeleted = dice.chance(0.5);
  const seen = dice.chance(0.5);
  const node = path(dice, '');
  return {
    name: `media ${type}`,
    at: { methods: ['POST'], edge: 'media' },
    async run(client) {
      const form = formOf({ messaging_product: 'whatsapp', type });
      form.set('file', new Blob([bytes], { type }), name);
      const uploaded = await client.call(at, { method: 'POST', body: form });
      const { id } = jsonIn(uploaded) ?? {};
      if (id === undefined) return;
      await client.call(`${node}${id}`, { method: 'HEAD' });
      const { url } = jsonIn(await client.call(`${node}${id}?phone_number_id=${number}`)) ?? {};
      for (const way of chosen) await client.call(url, way);
      const { etag } = last(client).headers;
      if (seen && etag !== undefined) await client.call(url, { headers: { 'if-none-match': etag } });
      if (!isDeleted) return;
      await client.call(`${node}${id}`, { method: 'DELETE' });
      await client.call(`${node}${id}`);
    },
  };
};

const profile = (dice: Dice): Draft => {
  const at = path(dice, `${number}/whatsapp_business_profile`);
  const query = dice.pick(['', '?fields=about,websites', '?fields=about%2Caddress,profile_picture_url']);
  const about = dice.pick(['Blumen/mehr', 'अच्छा', '']);
  const way = dice.pick(['json', 'form'] as const);
  const isChanged = dice.chance(0.5);
  const call = { tokenIn: tokenIn(dice), isRepeatable: true };
  return {
    name: 'profile',
    at: { methods: ['GET'], edge: 'whatsapp_business_profile' },
    async run(client) {
      const first = await client.call(at + query, call);
      const fields = { messaging_product: 'whatsapp', about };
      const body = way === 'json' ? JSON.stringify(fields) : new URLSearchParams(fields);
      if (isChanged)
        await client.call(at, { method: 'POST', ...(way === 'json' && { headers: json }), body });
      const { etag } = first.headers;
      if (etag !== undefined) await client.call(at + query, { ...call, headers: { 'if-none-match': etag } });
    },
  };
};

const node = (dice: Dice): Draft => {
  const rest = dice.pick([
    '',
    '?fields=verified_name,throughput',
    '/settings',
    '/settings/',
    '/settings?a=%22x%22&b=%FF&c=a+b&d=~(x)',
  ]);
  const at = path(dice, number + rest);
  const call = { tokenIn: tokenIn(dice), isRepeatable: true, method: dice.pick(['GET', 'GET', 'HEAD']) };
  return {
    name: `number ${rest}`,
    at: { methods: ['GET'], edge: rest.startsWith('/settings') ? 'settings' : null },
    run: (client) => client.call(at, call),
  };
};

const registration = (dice: Dice): Draft => {
  const at = path(dice, `${number}/register`);
  const settings = path(dice, `${number}/settings`);
  const isEmpty = dice.chance(0.5);
  return {
    name: 'register, and change the settings',
    at: { methods: ['POST'], edge: 'settings' },
    async run(client) {
      await client.call(at, {
        method: 'POST',
        ...(!isEmpty && { headers: json, body: '{"messaging_product":"whatsapp","pin":"000000"}' }),
      });
      const body =
        '{ "storage_configuration" : {"status":"IN_COUNTRY_STORAGE_ENABLE"}, "n":12345678901234567890 }';
      await client.call(settings, { method: 'POST', headers: json, body });
    },
  };
};

const message = (dice: Dice): Draft => {
  const to = phone(dice);
  const kinds: readonly object[] = [
    { type: 'text', text: { preview_url: true, body: 'Hallo/«Ñandú» 😀 https://example.com/a?b=c' } },
    { type: 'template', template: { name: 'template_1', language: { code: 'de' }, components: [] } },
    { type: 'image', image: { link: 'https://example.com/é.jpg', caption: '\u0001\u2028' } },
    { type: 'document', document: { id: '990000000000001', filename: 'Größe.pdf' } },
    { type: 'sticker', sticker: { id: '1' } },
    { type: 'reaction', reaction: { message_id: 'wamid.HBgL', emoji: '👍🏽' } },
    { type: 'location', location: { longitude: -122.425332, latitude: 37.75, name: 'Menlo/Park' } },
    { type: 'contacts', contacts: [{ name: { formatted_name: 'Ana María', first_name: 'Ana' } }] },
    { type: 'interactive', interactive: { type: 'button', body: { text: 'x' }, action: { buttons: [] } } },
    { status: 'read', message_id: 'wamid.HBgL' },
  ];
  const fields = { messaging_product: 'whatsapp', recipient_type: 'individual', to, ...dice.pick(kinds) };
  const texts = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const how = dice.pick(['json', 'json', 'form', 'multipart', 'query'] as const);
  const at = path(dice, `${number}/messages`);
  const body: Partial<Call> = {
    json: { headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(fields) },
    form: { body: new URLSearchParams(texts) },
    multipart: { body: formOf(texts) },
    query: {},
  }[how];
  const call = { method: 'POST', tokenIn: tokenIn(dice), ...body };
  return {
    name: `send by ${how}`,
    at: { methods: ['POST'], edge: 'messages' },
    run: (client) => client.call(how === 'query' ? `${at}?${new URLSearchParams(texts)}` : at, call),
  };
};

const drafts = [
  blocklist,
  blocklist,
  listing,
  templates,
  template,
  media,
  profile,
  node,
  registration,
  message,
  message,
];

function last(client: GraphClient): Exchange {
  const exchange = client.exchanges.at(-1);
  if (exchange === undefined) throw new Error('nothing was asked yet');
  return exchange;
}

function digitsOf({ user, user_id: userId }: { user?: string; user_id?: string }): string {
  return user?.replace(/\D/g, '') || (user ?? userId ?? '');
}

function formOf(texts: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, text] of Object.entries(texts)) form.set(name, text);
  return form;
}
