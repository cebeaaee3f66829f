import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type FakeAnswer, type SeenRequest, startFakeMeta } from '../fake-meta.ts';
import type { DocumentedError } from './graph-errors.ts';
import { Dice } from './random.ts';

export const phoneNumberId = '106540352242922';
export const wabaId = '102290129340398';

/** Meta gives pages this long when nobody says how long. */
const pageDefault = 20;

/** The fault of the next request that matches. */
export interface Incident {
  readonly methods: readonly string[];
  /** The part of the path behind the ID; null: there is none, or the ID names a file. */
  readonly edge: string | null;
  readonly answer: FakeAnswer;
  /** For so long everything like it is answered so, in seconds of the fake's clock; 0: once. */
  readonly forSeconds?: number;
}

interface File {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly bytes: Buffer;
}

interface Template {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly language: string;
  readonly components: readonly object[];
}

type Parameters = Readonly<Record<string, unknown>>;

/**
 * A fake of Graph. Its answers depend only on its seed, its state, the call and its own clock, so the same calls get
 * the same answers.
 */
export async function startGraph(
  t: Pick<TestContext, 'after'>,
  { seed, token }: { seed: number; token: string },
) {
  const graph = new Graph(seed, token);
  const { url, seen } = await startFakeMeta(t, (request) => graph.answer(request));
  graph.origin = url;
  return { graph, url, seen };
}

export class Graph {
  origin = '';
  nowMs = Date.parse('2026-03-01T12:00:00Z');
  readonly #token: string;
  readonly #users: string[];
  #listVersion = 1_750_000_000_000_000;
  readonly #templates: Template[];
  readonly #files = new Map<string, File>();
  #profile: Parameters = {
    about: 'Blumen & mehr – «schön»',
    address: '1 Hacker Way/“Menlo Park”',
    websites: ['https://example.com/a?b=c&d=%20e', 'https://example.org/'],
    profile_picture_url: 'https://pps.whatsapp.net/v/t61.24694-24/1_n.jpg?ccb=11-4&oh=01_Q5',
    messaging_product: 'whatsapp',
  };
  #settings: Parameters = { storage_configuration: { status: 'DEFAULT' } };
  #made = 0;
  #incident: (Incident & { readonly endMs: number | null }) | null = null;

  constructor(seed: number, token: string) {
    this.#token = token;
    const dice = new Dice(seed);
    this.#users = Array.from({ length: 30 + dice.below(40) }, (_, index) => `1650555${1000 + index}`);
    this.#templates = Array.from({ length: 57 }, (_, index) => templateOf(dice, index));
  }

  /** Lets something befall the next request that it is about. */
  arm(incident: Incident): void {
    this.#incident = { ...incident, endMs: null };
  }

  disarm(): void {
    this.#incident = null;
  }

  answer(request: SeenRequest): FakeAnswer {
    const isFile = request.path.startsWith('/attachments/');
    const [, version = null, id = '', edge = null] =
      /^\/(?:(v\d+\.\d)\/)?(\d+)(?:\/([^?]*?))?\/?$/.exec(request.path) ?? [];
    const { method, parameters } = this.#read(request);
    const said =
      this.#incidentFor(method, isFile ? null : edge) ??
      this.#refusalOfToken(request, parameters) ??
      (isFile ? this.#download(request) : this.#carryOut({ method, id, edge, parameters, request }));
    return this.#dress(request, said, version);
  }

  #incidentFor(method: string, edge: string | null): FakeAnswer | null {
    const incident = this.#incident;
    if (incident === null || !incident.methods.includes(method) || incident.edge !== edge) return null;
    const { forSeconds = 0 } = incident;
    const endMs = incident.endMs ?? this.nowMs + forSeconds * 1000;
    if (incident.endMs !== null && this.nowMs >= incident.endMs) {
      this.#incident = null;
      return null;
    }
    this.#incident = forSeconds === 0 ? null : { ...incident, endMs };
    return incident.answer;
  }

  /** Parameters come by query, form, multipart or JSON; the query wins. */
  #read(request: SeenRequest): { method: string; parameters: Parameters } {
    const type = request.headers['content-type'] ?? '';
    const inBody: Record<string, unknown> = {};
    if (/^application\/json/.test(type) && request.body !== '')
      Object.assign(inBody, JSON.parse(request.body));
    if (/^application\/x-www-form-urlencoded/.test(type))
      Object.assign(inBody, Object.fromEntries(new URLSearchParams(request.body)));
    if (/^multipart\/form-data/.test(type)) Object.assign(inBody, partsOf(request));
    const parameters = { ...inBody, ...Object.fromEntries(request.query) };
    const { method = request.method === 'HEAD' ? 'GET' : request.method } = parameters;
    return { method: String(method).toUpperCase(), parameters };
  }

  #refusalOfToken({ headers }: SeenRequest, parameters: Parameters): FakeAnswer | null {
    const given = /^(?:Bearer|OAuth) +(\S+)$/.exec(headers.authorization ?? '')?.[1];
    const tokens = [given, parameters['access_token']].filter((token) => token !== undefined);
    if (tokens.length > 0 && tokens.every((token) => token === this.#token)) return null;
    const message = 'Invalid OAuth access token - Cannot parse access token';
    return failure({ status: 401, error: { message, type: 'OAuthException', code: 190 } });
  }

  #carryOut({
    method,
    id,
    edge,
    parameters,
    request,
  }: {
    method: string;
    id: string;
    edge: string | null;
    parameters: Parameters;
    request: SeenRequest;
  }): FakeAnswer {
    const owner = id === phoneNumberId ? 'number' : id === wabaId ? 'account' : 'object';
    switch (`${method} ${owner}${edge === null ? '' : `/${edge}`}`) {
      case 'GET number':
        return this.#node(parameters);
      case 'POST number/block_users':
      case 'DELETE number/block_users':
        return this.#change(method, parameters);
      case 'GET number/block_users':
        return this.#page(request, this.#listed(parameters), { messaging_product: 'whatsapp' });
      case 'GET account/message_templates':
        return this.#page(request, this.#templatePage(parameters));
      case 'POST account/message_templates':
        return this.#addTemplate(parameters);
      case 'DELETE account/message_templates':
        return this.#removeTemplate(parameters);
      case 'GET number/whatsapp_business_profile':
        return ok({ data: [picked(this.#profile, parameters)] });
      case 'POST number/whatsapp_business_profile':
        this.#profile = { ...this.#profile, ...without(parameters, ofTheCall) };
        return ok({ success: true });
      case 'GET number/settings':
        return ok({ ...this.#settings, id: '#raw:10654035224292200000#' });
      case 'POST number/settings':
        this.#settings = { ...this.#settings, ...without(parameters, ofTheCall) };
        return ok({ success: true });
      case 'POST number/messages':
        return this.#send(parameters);
      case 'POST number/media':
        return this.#upload(parameters);
      case 'POST number/register':
        return { status: 204 };
      default:
        return owner === 'object' && edge === null ? this.#file(method, id) : unsupported(method, id);
    }
  }

  #node(parameters: Parameters): FakeAnswer {
    return ok({
      ...picked(
        {
          verified_name: 'Ana’s Shop/Ñandú 😀',
          display_phone_number: '+1 555-078-3881',
          quality_rating: 'GREEN',
          throughput: { level: 'STANDARD' },
          search_visibility: '#raw:1.10#',
        },
        parameters,
      ),
      id: phoneNumberId,
    });
  }

  #change(method: string, { messaging_product: product, block_users: given }: Parameters): FakeAnswer {
    if (product !== 'whatsapp') return invalid('(#100) The parameter messaging_product is required.');
    const rows = (typeof given === 'string' ? JSON.parse(given) : given) as {
      user?: string;
      user_id?: string;
    }[];
    const done: object[] = [];
    const failed: object[] = [];
    for (const row of rows) {
      const input = row.user ?? row.user_id ?? '';
      const waId = input.replace(/\D/g, '');
      const name = row.user === undefined ? { input, user_id: input } : { input, wa_id: waId };
      const problem = method === 'POST' ? problemOf(waId) : null;
      if (problem !== null) failed.push({ ...(waId.length > 6 ? name : { input }), errors: [problem] });
      else {
        done.push(name);
        this.#set(row.user === undefined ? input : waId, method === 'POST');
      }
    }
    const verb = method === 'POST' ? 'added_users' : 'removed_users';
    const lists = { [verb]: done, ...(failed.length > 0 && { failed_users: failed }) };
    const body = { messaging_product: 'whatsapp', block_users: lists };
    if (failed.length === 0) return ok(body);
    const error = {
      message: '(#139100) Failed to block/unblock users',
      type: 'OAuthException',
      code: 139100,
      error_data: { details: 'Failed to block some users, see the block_users response list for details' },
      fbtrace_id: '#trace#',
    };
    // Both are seen: an older page of Meta's says 400, what is observed is 200.
    return { ...ok({ ...body, error }), status: failed.length % 2 === 0 ? 200 : 400 };
  }

  #set(name: string, isBlocked: boolean): void {
    const index = this.#users.indexOf(name);
    if (isBlocked === index >= 0) return;
    if (isBlocked) this.#users.push(name);
    else this.#users.splice(index, 1);
    this.#listVersion++;
  }

  #listed({ limit = pageDefault, after, before }: Parameters): Slice | FakeAnswer {
    for (const cursor of [after, before]) {
      if (cursor === undefined) continue;
      const { versionId } = decoded(String(cursor));
      if (versionId === String(this.#listVersion)) continue;
      const error = {
        message: '(#139102) Blocklist concurrent update',
        type: 'OAuthException',
        code: 139102,
        error_data: { details: 'Blocklist was updated during retrieval - retry with offset 0' },
        fbtrace_id: '#trace#',
      };
      return { ...ok({ messaging_product: 'whatsapp', error }), status: 400 };
    }
    const rows = this.#users.map((name) => ({
      messaging_product: 'whatsapp',
      ...(/^\d/.test(name) ? { wa_id: name } : { user_id: name }),
    }));
    return slice(rows, Number(limit), { after, before }, String(this.#listVersion));
  }

  #templatePage({ limit = pageDefault, after, before, name, fields }: Parameters): Slice {
    const rows = this.#templates
      .filter((template) => name === undefined || template.name === name)
      .map((template) => ({ ...picked({ ...template }, { fields }), id: template.id }));
    return slice(rows, Number(limit), { after, before }, '1');
  }

  #addTemplate(parameters: Parameters): FakeAnswer {
    const id = this.#newId();
    const { name = '', language = 'de', components = [] } = parameters;
    this.#templates.push({
      id,
      name: String(name),
      status: 'PENDING',
      language: String(language),
      components: (typeof components === 'string' ? JSON.parse(components) : components) as object[],
    });
    return ok({ id, status: 'PENDING', category: 'UTILITY' });
  }

  #removeTemplate({ name }: Parameters): FakeAnswer {
    const index = this.#templates.findIndex((template) => template.name === name);
    if (index < 0) return invalid(`(#100) No template is called ${String(name)} – «nichts»`, 404);
    this.#templates.splice(index, 1);
    return ok({ success: true });
  }

  #send(parameters: Parameters): FakeAnswer {
    if (parameters['status'] === 'read') return ok({ success: true });
    const to = String(parameters['to'] ?? parameters['recipient'] ?? '');
    if (to === '') return invalid('(#100) The parameter to is required.');
    const said = createHash('sha256')
      .update(JSON.stringify(without(parameters, ofTheCall)))
      .digest('base64');
    return ok({
      messaging_product: 'whatsapp',
      contacts: [{ input: to, wa_id: to.replace(/\D/g, '') }],
      messages: [{ id: `wamid.${said}${this.#made++}`, message_status: 'accepted' }],
    });
  }

  #upload({ file, type }: Parameters): FakeAnswer {
    const { name, bytes } = (file ?? {}) as Partial<File>;
    if (name === undefined || bytes === undefined) return invalid('(#100) The parameter file is required.');
    const id = this.#newId();
    this.#files.set(id, { id, name, bytes, type: String(type) });
    return ok({ id });
  }

  #file(method: string, id: string): FakeAnswer {
    const file = this.#files.get(id);
    if (file === undefined || method === 'POST') return unsupported(method, id);
    if (method === 'DELETE') {
      this.#files.delete(id);
      return ok({ success: true });
    }
    return ok({
      messaging_product: 'whatsapp',
      url: `${this.origin}/attachments/?mid=${id}&source=getMedia&ext=${Math.floor(this.nowMs / 1000)}&hash=ARmé%2Fx`,
      mime_type: file.type,
      sha256: createHash('sha256').update(file.bytes).digest('hex'),
      file_size: file.bytes.length,
      id,
    });
  }

  #download({ query, headers, method }: SeenRequest): FakeAnswer {
    const file = this.#files.get(query.get('mid') ?? '');
    if (file === undefined || !['GET', 'HEAD'].includes(method)) return { status: 404 };
    const { bytes } = file;
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    const common = {
      'content-type': file.type,
      etag,
      'last-modified': 'Sun, 01 Mar 2026 12:00:00 GMT',
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=300',
      'content-disposition': `attachment; filename="${Buffer.from(file.name).toString('latin1')}"`,
    };
    if (headers['if-none-match'] === etag) return { status: 304, headers: common };
    const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
    if (headers.range === undefined) return { headers: common, body: bytes };
    const start = from === '' ? Math.max(0, bytes.length - Number(to)) : Number(from);
    const end = from === '' || to === '' ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
    if (start > end)
      return { status: 416, headers: { ...common, 'content-range': `bytes */${bytes.length}` } };
    return {
      status: 206,
      headers: { ...common, 'content-range': `bytes ${start}-${end}/${bytes.length}` },
      body: bytes.subarray(start, end + 1),
    };
  }

  #page(request: SeenRequest, found: Slice | FakeAnswer, beside: object = {}): FakeAnswer {
    if (!('rows' in found)) return found;
    const { rows, cursors, hasNext, hasPrevious } = found;
    if (rows.length === 0) return ok({ ...beside, data: [] });
    const link = (name: 'after' | 'before') => {
      const query = new URLSearchParams(request.query);
      for (const one of ['after', 'before', 'appsecret_proof', 'access_token', 'phone_number_id', 'pretty'])
        query.delete(one);
      // Graph writes its own token, and leaves commas and colons as they are.
      const rest = String(query).replaceAll('%2C', ',');
      return `${this.origin}${request.path}?access_token=${encodeURIComponent(this.#token)}&pretty=0${rest && `&${rest}`}&${name}=${cursors[name]}`;
    };
    const paging = {
      cursors,
      ...(hasNext && { next: link('after') }),
      ...(hasPrevious && { previous: link('before') }),
    };
    return ok({ data: rows, paging });
  }

  /** The headers and the encoding of an answer of Graph: rates, traces, an ETag, compression. */
  #dress(request: SeenRequest, said: FakeAnswer, version: string | null): FakeAnswer {
    const isFile = request.path.startsWith('/attachments/');
    const { status = 200 } = said;
    const query = new URLSearchParams(request.query);
    for (const name of [
      'appsecret_proof',
      'access_token',
      'phone_number_id',
      'messaging_product',
      'block_users',
      'method',
      'pretty',
    ])
      query.delete(name);
    query.sort();
    const mark = createHash('sha256').update(`${status} ${request.path} ${query}`).digest('base64url');
    const share = mark.charCodeAt(0);
    const usage = {
      [wabaId]: [
        {
          type: 'whatsapp_business_management',
          call_count: share % 100,
          total_cputime: 1,
          total_time: 2,
          estimated_time_to_regain_access: 0,
        },
      ],
    };
    const body =
      typeof said.body === 'string'
        ? said.body.replaceAll('#trace#', `A${mark.slice(0, 22)}`)
        : (said.body ?? '');
    const isOk = status === 200 && ['GET', 'HEAD'].includes(request.method) && !isFile;
    const etag = `"${createHash('sha1')
      .update(String(body).replaceAll(this.origin.replaceAll('/', '\\/'), ''))
      .digest('hex')}"`;
    const isSame = isOk && request.headers['if-none-match'] === etag;
    const headers: Record<string, string | string[]> = {
      date: new Date(this.nowMs).toUTCString(),
      'access-control-allow-origin': '*',
      ...(isFile
        ? {}
        : {
            'cache-control': status < 400 ? 'private, no-cache, no-store, must-revalidate' : 'no-store',
            pragma: 'no-cache',
            expires: 'Sat, 01 Jan 2000 00:00:00 GMT',
            'facebook-api-version': version ?? 'v25.0',
            'strict-transport-security': 'max-age=15552000; preload',
            'set-cookie': ['a=b', 'c=d'],
          }),
      // Not every answer has all of them.
      ...(share % 3 > 0 && { 'x-business-use-case-usage': JSON.stringify(usage) }),
      ...(share % 2 > 0 && {
        'x-app-usage': `{"call_count":${share % 50},"total_cputime":0,"total_time":0}`,
      }),
      ...(share % 5 > 0 && {
        'x-fb-trace-id': mark.slice(0, 11),
        'x-fb-request-id': `A${mark.slice(0, 22)}`,
        'x-fb-debug': `${mark}==`,
        'x-fb-rev': '1030000000',
      }),
      vary: 'Accept-Encoding',
      ...(isOk && { etag }),
      ...said.headers,
    };
    if (status >= 400 && !('www-authenticate' in headers) && String(headers['content-type']).includes('json'))
      headers['www-authenticate'] = `OAuth "Facebook Platform" "invalid_request" "of ${this.#token}"`;
    if (isSame) return { status: 304, headers: { ...headers, etag } };
    const accepted = String(request.headers['accept-encoding'] ?? '');
    const encode = [
      // A proxy on the way compresses whatever is asked for.
      ...(/\bbr\b/.test(accepted) || share % 11 === 0 ? [{ name: 'br', by: brotliCompressSync }] : []),
      ...(/gzip/.test(accepted) || share % 7 === 0 ? [{ name: 'gzip', by: gzipSync }] : []),
    ].at(share % 2 === 0 ? 0 : -1);
    const isPlain = body.length === 0 || isFile || encode === undefined || [204, 304].includes(status);
    if (isPlain) return { status, headers, body };
    return {
      status,
      headers: { ...headers, 'content-encoding': encode.name },
      body: encode.by(typeof body === 'string' ? Buffer.from(body) : body),
    };
  }

  #newId(): string {
    return String(990_000_000_000_000 + ++this.#made);
  }
}

/** An error of Graph's as an answer. */
export function failure(
  { status, error }: DocumentedError,
  headers: Readonly<Record<string, string>> = {},
): FakeAnswer {
  const answer = ok({ error: { ...error, fbtrace_id: '#trace#' } });
  return { ...answer, status, headers: { ...answer.headers, ...headers } };
}

const ofTheCall = ['access_token', 'appsecret_proof', 'phone_number_id', 'method'];

interface Slice {
  readonly rows: readonly object[];
  readonly cursors: { readonly before: string; readonly after: string };
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

function slice(
  rows: readonly object[],
  limit: number,
  { after, before }: { after?: unknown; before?: unknown },
  versionId: string,
): Slice {
  const start =
    after !== undefined
      ? decoded(String(after)).offset + 1
      : before !== undefined
        ? Math.max(0, decoded(String(before)).offset - limit)
        : 0;
  const end = before !== undefined && after === undefined ? decoded(String(before)).offset : start + limit;
  const found = rows.slice(start, end);
  const cursor = (offset: number) => encoded({ offset, versionId });
  return {
    rows: found,
    cursors: { before: cursor(start), after: cursor(start + found.length - 1) },
    hasNext: start + found.length < rows.length,
    hasPrevious: start > 0,
  };
}

/** Graph's cursors: base64 in which `Z` escapes what an address would have to. */
function encoded(value: object): string {
  const signs: Readonly<Record<string, string>> = { Z: 'ZA', '+': 'ZB', '/': 'ZC', '=': 'ZD' };
  return Buffer.from(JSON.stringify(value))
    .toString('base64')
    .replace(/[Z+/=]/g, (sign) => signs[sign] ?? sign);
}

function decoded(cursor: string): { offset: number; versionId: string } {
  const signs: Readonly<Record<string, string>> = { ZA: 'Z', ZB: '+', ZC: '/', ZD: '=' };
  const plain = cursor.replace(/Z[A-D]/g, (sign) => signs[sign] ?? sign);
  return JSON.parse(Buffer.from(plain, 'base64').toString('utf8'));
}

function templateOf(dice: Dice, index: number): Template {
  const texts = ['Hallo {{1}}, schöne Grüße', 'नमस्ते {{1}}', 'Olá 👋🏽 {{1}}', 'a/b <c> & "d" \\ é'];
  return {
    id: String(700_000_000_000_000 + index),
    name: `template_${index}`,
    status: dice.pick(['APPROVED', 'REJECTED', 'PAUSED']),
    language: dice.pick(['de', 'pt_BR', 'hi', 'en_US']),
    components: [
      {
        type: 'HEADER',
        format: 'IMAGE',
        example: {
          header_handle: ['https://scontent.whatsapp.net/v/t61.29466-34/1_n.jpg?ccb=1-7&_nc_sid=8b1bef'],
        },
      },
      { type: 'BODY', text: dice.pick(texts) },
      {
        type: 'BUTTONS',
        buttons: [{ type: 'URL', text: 'Öffnen', url: 'https://example.com/{{1}}?a=b&c=d' }],
      },
    ],
  };
}

/** The refusal of a user, by the last digits of the phone. All sides use this table. */
function problemOf(waId: string): object | null {
  const said = (code: number, message: string, details: string) => ({
    message,
    code,
    error_data: { details },
  });
  if (waId.length <= 6) return said(131047, 'Re-engagement required', 'The number is not a WhatsApp user');
  if (waId.endsWith('77'))
    return said(131047, 'Re-engagement required', 'User has not messaged in the last 24 hours');
  if (waId.endsWith('88'))
    return said(139101, 'Blocklist limit reached', 'The blocklist has reached its 64,000 user limit.');
  if (waId.endsWith('99')) return said(131021, 'Self block', 'Cannot block your own phone number');
  if (waId.endsWith('66')) return said(139103, 'Internal error', 'Something/went wrong «é»');
  return null;
}

function picked(value: Parameters, { fields }: Parameters): Parameters {
  if (typeof fields !== 'string') return value;
  const names = fields.split(',').map((name) => name.trim());
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}

function without(value: Parameters, names: readonly string[]): Parameters {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** The parts of multipart/form-data as the fake needs them. */
function partsOf({ headers, bytes }: SeenRequest): Parameters {
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const parts = bytes.toString('latin1').split(`--${boundary}`).slice(1, -1);
  return Object.fromEntries(
    parts.map((part) => {
      const end = part.indexOf('\r\n\r\n');
      const head = part.slice(0, end);
      const content = Buffer.from(part.slice(end + 4, -2), 'latin1');
      const name = /\bname="([^"]*)"/.exec(head)?.[1] ?? '';
      const filename = /filename="([^"]*)"/.exec(head)?.[1];
      if (filename === undefined) return [name, content.toString('utf8')];
      return [name, { name: Buffer.from(filename, 'latin1').toString('utf8'), bytes: content }];
    }),
  );
}

function ok(value: object): FakeAnswer {
  return { headers: { 'content-type': 'application/json; charset=UTF-8' }, body: graphJson(value) };
}

/** JSON as Graph writes it: slashes and whatever is not ASCII escaped, and numbers that are larger than ours. */
export function graphJson(value: object): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/"#raw:([\d.]+)#"/g, '$1');
}

function invalid(message: string, status = 400): FakeAnswer {
  return failure({ status, error: { message, type: 'OAuthException', code: 100 } });
}

function unsupported(method: string, id: string): FakeAnswer {
  const message = `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist`;
  return failure({
    status: 400,
    error: { message, type: 'GraphMethodException', code: 100, error_subcode: 33 },
  });
}
