import { isIP } from 'node:net';
import { type RateLimit, readSpan } from '@blockhouse/engine';
import type { Format } from './setting.ts';

export const hostName: Format<string> = {
  accepts: 'an address or host name of this machine',
  read: (text) => (/^[A-Za-z0-9.:_-]+$/.test(text) ? text : undefined),
};

export const token: Format<string> = {
  accepts: 'a token of at least 32 visible ASCII characters without spaces',
  read: (text) => (isLongSecret(text) ? text : undefined),
  isSecret: true,
};

export const name: Format<string> = {
  accepts: 'a name of at most 200 letters, digits, dots, dashes and underscores',
  read: (text) => (/^[\w.-]{1,200}$/.test(text) ? text : undefined),
};

export const secretList: Format<readonly string[]> = {
  accepts: 'a text of at least 32 visible ASCII characters, or several with commas between them',
  read(text) {
    const secrets = text === '' ? [] : text.split(',').map((secret) => secret.trim());
    return secrets.every(isLongSecret) ? secrets : undefined;
  },
  isSecret: true,
};

export const origin: Format<string> = {
  accepts: 'an http or https origin such as https://blocks.example.com, without a path',
  read(text) {
    const url = URL.parse(text);
    const isOrigin = url !== null && [url.origin, `${url.origin}/`].includes(text);
    return isOrigin && /^https?:$/.test(url.protocol) ? url.origin : undefined;
  },
};

export const originList: Format<readonly string[]> = {
  accepts: 'origins such as https://crm.example.com, with spaces between them',
  read(text) {
    const origins = listOf(text, ' ');
    return origins.every((one) => URL.parse(one)?.origin === one) ? origins : undefined;
  },
};

export const proxyList: Format<readonly string[]> = {
  accepts:
    'IP addresses, networks such as 10.0.0.0/8, and the names loopback, linklocal and uniquelocal, with spaces or commas between them',
  read(text) {
    const proxies = listOf(text, /[\s,]+/);
    return proxies.every(isProxy) ? proxies : undefined;
  },
};

/** @param note in parentheses, after the range. */
export function wholeNumber({
  min,
  max,
  note,
}: {
  readonly min: number;
  readonly max: number;
  readonly note?: string;
}): Format<number> {
  const digits = new RegExp(`^\\d{1,${String(max).length}}$`);
  return {
    accepts: `a whole number from ${min} to ${max}${note === undefined ? '' : ` (${note})`}`,
    read(text) {
      const value = Number(text);
      return digits.test(text) && value >= min && value <= max ? value : undefined;
    },
  };
}

/** A time in milliseconds, with bounds in the form of a value. */
export function duration({ min, max }: { readonly min: string; readonly max: string }): Format<number> {
  const [minMs, maxMs] = [readSpan(min) ?? 0, readSpan(max) ?? 0];
  return {
    accepts: `a time from ${min} to ${max}`,
    read(text) {
      const spanMs = readSpan(text);
      return spanMs !== null && spanMs >= minMs && spanMs <= maxMs ? spanMs : undefined;
    },
  };
}

const ratePerSecondMax = 1_000_000;

export function rate(example: string): Format<RateLimit> {
  return {
    accepts: `a rate such as ${example} (1/s to ${ratePerSecondMax}/s)`,
    read(text) {
      const perSecond = Number(/^(\d{1,7})\/s$/.exec(text)?.[1]);
      return perSecond >= 1 && perSecond <= ratePerSecondMax ? { perSecond } : undefined;
    },
  };
}

/** One of several words, each with its value. */
export function oneOf<const Value>(
  values: Readonly<Record<string, Value>>,
  accepts: string = alternatives(Object.keys(values)),
): Format<Value> {
  return { accepts, read: (text) => (Object.hasOwn(values, text) ? values[text] : undefined) };
}

/** Null if the variable is unset. */
export function optional<Value>(format: Format<Value>): Format<Value | null> {
  return { ...format, read: (text) => (text === '' ? null : format.read(text)) };
}

/** Null for a word that turns the setting off. */
export function orWord<Value>(word: string, format: Format<Value>): Format<Value | null> {
  return {
    ...format,
    accepts: `${word}, or ${format.accepts}`,
    read: (text) => (text === word ? null : format.read(text)),
  };
}

function listOf(text: string, separator: string | RegExp): readonly string[] {
  return text.split(separator).filter((part) => part !== '');
}

function alternatives(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function isLongSecret(text: string): boolean {
  return /^[\x21-\x7e]{32,}$/.test(text);
}

/** A network with a prefix of zero bits would be every address, and is refused. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [, address = text, prefix] = /^(.*)\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  const bits = prefix === undefined ? 1 : Number(prefix);
  return family !== 0 && bits >= 1 && bits <= (family === 6 ? 128 : 32);
}
