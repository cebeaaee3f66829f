import { pipeline } from 'node:stream';
import type { UpstreamTarget } from '@blockhouse/engine';
import type { HttpRequest, HttpResponse } from '../outbound/http-client.ts';
import { checkLiteral } from '../outbound/ssrf-guard.ts';
import type { TargetPolicy } from '../outbound/target-policy.ts';
import { appSecretProof, provenUrl } from './app-secret-proof.ts';
import type { Attempts, PlatformAnswer } from './attempts.ts';
import type { MetaChannel } from './channel.ts';
import { decodedBody, isEncoded } from './decode-body.ts';
import { type GraphErrorBody, pauseIn, readGraphError } from './graph-error.ts';
import { readHeaders, readText, responseOf } from './read-answer.ts';
import { signOf, signOfStatus } from './read-sign.ts';
import { Redactor } from './redact.ts';

/** An answer of a platform, for counting. */
export interface AnswerCount {
  readonly about: 'blocklist' | 'passed';
  /** 0: there was no answer. */
  readonly status: number;
}

/** Where answers that are errors are written down. */
export interface Log {
  warn(fields: object, message: string): void;
}

/** The number that a request is for: its ID, the secrets of its platform, and its channel. */
export interface Sender {
  readonly numberId: string;
  readonly target: UpstreamTarget;
  readonly channel: MetaChannel;
}

/**
 * Single requests to platforms, with the secrets of their numbers. Each one is checked, signed, counted, and redacted on
 * the way back. Its channel learns from the answer.
 */
export class PlatformRequests {
  readonly #policy: TargetPolicy;
  readonly #log: Log;
  readonly #onAnswer: (answer: AnswerCount) => void;

  constructor(options: { policy: TargetPolicy; log: Log; onAnswer: (answer: AnswerCount) => void }) {
    this.#policy = options.policy;
    this.#log = options.log;
    this.#onAnswer = options.onAnswer;
  }

  /** The `fetch` of the SDK. @param attempts learns what is known of the attempt. */
  async fetch(
    url: URL,
    init: RequestInit,
    { numberId, target, channel }: Sender,
    attempts: Attempts,
  ): Promise<Response> {
    const signal = init.signal ?? new AbortController().signal;
    checkLiteral(url, this.#policy);
    await channel.acquire(signal);
    const redactor = redactorOf(target);
    let reached = false;
    let answer: PlatformAnswer | null = null;
    try {
      const sent = {
        url: provenUrl(url, target),
        method: init.method ?? 'GET',
        headers: {
          'user-agent': 'Blockhouse',
          ...(init.headers as Record<string, string>),
          'accept-encoding': 'identity',
        },
        body: typeof init.body === 'string' ? init.body : null,
        signal,
        onReached() {
          reached = true;
        },
      };
      const response = await this.#counted('blocklist', () => channel.send(sent));
      const text = redactor.text(await readText(response));
      const { status } = response;
      const spoken = readGraphError(text);
      if (spoken !== null) answer = { status, headers: redactor.headers(readHeaders(response)), text };
      if (spoken?.error != null) this.#logError(numberId, status, spoken.error);
      const sign = spoken === null ? null : signOf(spoken, status);
      if (sign !== null) channel.note(sign);
      const isLimited = status === 429 || (sign?.kind === 'problem' && sign.problem === 'rate_limit');
      const pauseMs = isLimited ? pauseIn(response.headers) : null;
      if (pauseMs !== null) channel.pause(pauseMs, spoken?.error ?? null);
      return responseOf(response, text, pauseMs);
    } finally {
      if (reached) attempts.note(answer);
    }
  }

  /** Passes a request on. @returns the response without the token in it. */
  async passThrough(
    url: URL,
    request: Omit<HttpRequest, 'url'>,
    { target, channel }: Sender,
  ): Promise<HttpResponse> {
    checkLiteral(url, this.#policy);
    const redactor = redactorOf(target);
    const headers = {
      ...request.headers,
      'accept-encoding': 'identity',
      authorization: `Bearer ${target.token}`,
    };
    const response = await this.#counted('passed', () =>
      channel.send({ ...request, url: provenUrl(url, target), headers }, true),
    );
    const { status } = response;
    channel.note(signOfStatus(status));
    const hasBody = request.method !== 'HEAD' && ![204, 304].includes(status);
    const body = hasBody ? decodedBody(response) : response.body;
    return {
      status,
      headers: redactor.headers(isEncoded(response) ? readHeaders(response) : response.headers),
      body: pipeline(body, redactor.stream(), () => {}),
    };
  }

  /** Counts an answer of the platform, or that there was none. */
  async #counted(about: AnswerCount['about'], send: () => Promise<HttpResponse>): Promise<HttpResponse> {
    try {
      const response = await send();
      this.#onAnswer({ about, status: response.status });
      return response;
    } catch (error) {
      this.#onAnswer({ about, status: 0 });
      throw error;
    }
  }

  /** Support at Meta asks for the trace ID, so it is kept where the failure is looked for. */
  #logError(numberId: string, status: number, { code, message, fbtrace_id }: GraphErrorBody): void {
    this.#log.warn({ number: numberId, status, code, message, fbtrace_id }, 'Meta answered with an error');
  }
}

function redactorOf({ token, appSecret }: UpstreamTarget): Redactor {
  return new Redactor([token, appSecret, appSecret === null ? null : appSecretProof(token, appSecret)]);
}
