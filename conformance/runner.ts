import assert from 'node:assert/strict';
import { type Given, placeholders, type Scenario, type Token } from './scenario.ts';

/** The server under test. Setting up needs an admin key of a Blockhouse sandbox. */
export interface Target {
  readonly url: string;
  readonly key: string;
  /**
   * Where the target's numbers live, when it is a gateway: what happens in a scenario happens there. Both are
   * sandboxes.
   */
  readonly upstream?: { readonly url: string; readonly key: string };
}

/** Plays scenarios against a target, each on a number of its own. */
export class Runner {
  readonly #target: Target;
  readonly #tokens = new Map<Token, string | null>();
  #played = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Plays one scenario; throws when the answer is not the expected one. */
  async play(scenario: Scenario): Promise<void> {
    const number = await this.#newNumber();
    const known: Record<string, string> = {
      number: number.id,
      phone: number.display_phone_number,
      wa_id: number.display_phone_number.replace(/\D/g, ''),
      url: this.#target.url,
      token: this.#target.key,
    };
    try {
      for (const given of scenario.given ?? []) await this.#prepare(given, known);
      const { method, path, token, headers, body } = scenario.request;
      const answer = await this.#send(method, fill(path, known), {
        token: await this.#tokenOf(token ?? 'admin'),
        body:
          typeof body === 'string'
            ? fill(body, known)
            : body && JSON.parse(fill(JSON.stringify(body), known)),
        ...(headers && { headers }),
      });
      assert.equal(answer.status, scenario.expect.status, JSON.stringify(answer.body));
      assertMatches(answer.body, JSON.parse(fill(JSON.stringify(scenario.expect.body), known)));
      for (const [name, value] of Object.entries(scenario.expect.headers ?? {})) {
        assert.match(answer.headers.get(name) ?? '', new RegExp(value), name);
      }
    } finally {
      await this.#everywhere('DELETE', '/sandbox/clock');
      await this.#everywhere('DELETE', `/blockhouse/v1/numbers/${number.id}`);
    }
  }

  async #newNumber(): Promise<{ id: string; display_phone_number: string }> {
    const phone = `+1 650 555 ${String(++this.#played).padStart(4, '0')}`;
    const { upstream } = this.#target;
    const { body } = await this.#platform('POST', '/blockhouse/v1/numbers', { display_phone_number: phone });
    const number = body as { id: string; display_phone_number: string };
    if (upstream === undefined) return number;
    await this.#admin('POST', '/blockhouse/v1/numbers', {
      id: number.id,
      display_phone_number: phone,
      waba_id: '102290129340398',
      platform: 'cloud',
      upstream: { base_url: upstream.url, token: upstream.key },
    });
    return number;
  }

  async #prepare(given: Given, known: Record<string, string>): Promise<void> {
    const number = known['number'] ?? '';
    const blockUsers = `/${number}/block_users`;
    const usersBody = (users: readonly string[]) => ({
      messaging_product: 'whatsapp',
      block_users: users.map((user) => ({ user })),
    });
    if ('write' in given) {
      const messages = given.write.map((from) => ({ from, type: 'text' }));
      await this.#platform('POST', `/blockhouse/v1/numbers/${number}/inbound`, { messages });
    } else if ('block' in given) await this.#admin('POST', blockUsers, usersBody(given.block));
    else if ('unblock' in given) await this.#admin('DELETE', blockUsers, usersBody(given.unblock));
    else if ('user' in given) await this.#platform('PUT', `/sandbox/users/${given.user}`, given.is);
    else if ('advance' in given) await this.#everywhere('POST', '/sandbox/clock', { advance: given.advance });
    else if ('freeze' in given) await this.#everywhere('POST', '/sandbox/clock', { freeze: true });
    else if ('exhaustRate' in given) await this.#exhaustRate(blockUsers);
    else if ('keepUserIdOf' in given) {
      const { body } = await this.#platform('GET', `/sandbox/users/${given.keepUserIdOf}`);
      const { numbers } = body as { numbers: Record<string, { user_id: string }> };
      known['user_id'] = numbers[number]?.user_id ?? '';
    } else {
      const { body } = await this.#admin('GET', `${blockUsers}${given.keepCursorsOf}`);
      Object.assign(known, (body as { paging: { cursors: object } }).paging.cursors);
    }
  }

  /** Every role has a bucket of its own. */
  async #exhaustRate(path: string): Promise<void> {
    for (const role of ['admin', 'agent'] as const) {
      const token = await this.#tokenOf(role);
      let status = 200;
      for (let count = 0; status !== 429; count++) {
        assert.ok(count < 1000, 'the target has no rate limit that could be exhausted');
        status = (await this.#send('GET', path, { token })).status;
      }
    }
  }

  async #tokenOf(token: Token): Promise<string | null> {
    if (token === 'admin') return this.#target.key;
    if (token === 'none') return null;
    if (token === 'wrong') return 'EAAJB-not-a-key';
    const made = this.#tokens.get(token) ?? (await this.#makeKey(token));
    this.#tokens.set(token, made);
    return made;
  }

  async #makeKey(token: 'agent' | 'app' | 'of another number'): Promise<string> {
    const another = token === 'of another number';
    const numbers = another ? [(await this.#newNumber()).id] : ['*'];
    const body = { name: `conformance ${token}`, role: another ? 'app' : token, numbers };
    const { body: answer } = await this.#admin('POST', '/blockhouse/v1/keys', body);
    return (answer as { key: string }).key;
  }

  /** Events on the platform itself: at the target, or behind it. */
  #platform(method: string, path: string, body?: unknown) {
    return this.#admin(method, path, body, this.#target.upstream);
  }

  async #everywhere(method: string, path: string, body?: unknown): Promise<void> {
    await this.#admin(method, path, body);
    if (this.#target.upstream !== undefined) await this.#platform(method, path, body);
  }

  async #admin(
    method: string,
    path: string,
    body?: unknown,
    at: { url: string; key: string } = this.#target,
  ) {
    const answer = await this.#send(method, path, { token: at.key, body, url: at.url });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  async #send(
    method: string,
    path: string,
    options: {
      token: string | null;
      body?: unknown;
      headers?: Readonly<Record<string, string>>;
      url?: string;
    },
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const { token, body, headers, url = this.#target.url } = options;
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    };
  }
}

/** Compares whole bodies; where the expected one has a placeholder, the other must have words of that form. */
export function assertMatches(actual: unknown, expected: unknown): void {
  assert.deepEqual(masked(actual, expected), expected);
}

/** The actual value, with every text that fits an expected one with placeholders replaced by that. */
function masked(actual: unknown, expected: unknown): unknown {
  if (typeof expected === 'string' && typeof actual === 'string') {
    return patternOf(expected).test(actual) ? expected : actual;
  }
  if (typeof actual !== 'object' || actual === null || typeof expected !== 'object' || expected === null)
    return actual;
  if (Array.isArray(actual)) return actual.map((item, index) => masked(item, (expected as unknown[])[index]));
  return Object.fromEntries(
    Object.entries(actual).map(([name, value]) => [
      name,
      masked(value, (expected as Record<string, unknown>)[name]),
    ]),
  );
}

/** Matches a whole text that is the expected one, with any words of the right form where that has placeholders. */
function patternOf(expected: string): RegExp {
  const parts = expected
    .split(/(<\w+>)/)
    .map((part) => placeholders[part] ?? part.replace(/[\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('')}$`);
}

function fill(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => known[name] ?? placeholder);
}
