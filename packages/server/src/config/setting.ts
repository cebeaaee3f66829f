/** A kind of value: what it accepts, in words, and how a text is parsed. */
export interface Format<Value> {
  readonly accepts: string;
  /** Returns undefined if the text is not accepted. */
  readonly read: (text: string) => Value | undefined;
  /** Set for secrets, which errors never repeat, not even wrong ones. */
  readonly isSecret?: true;
}

/** One setting. `docs/reference/configuration.md` has a row for each, and a test compares them. */
export interface Setting<Value = unknown> extends Format<Value> {
  /** The environment variable. */
  readonly name: string;
  /** The default, in the form of a value. */
  readonly fallback: string;
  /** The default of a sandbox, where it is another one. */
  readonly sandboxFallback?: string;
  readonly about: string;
}

/** A setting is not valid. The message names it, its value, what is accepted, and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError */
export function readSetting<Value>(setting: Setting<Value>, text: string): Value {
  const value = setting.read(text);
  if (value === undefined) throw invalidSetting(setting, text);
  return value;
}

export function invalidSetting(setting: Setting, text: string, options?: ErrorOptions): ConfigError {
  const { name, accepts, isSecret, fallback } = setting;
  const got = isSecret ? 'a value that is not shown, because it may be secret' : `"${withoutPassword(text)}"`;
  const remedy = `Correct the value, or unset ${name}${fallback === '' ? '' : ` to use ${fallback}`}.`;
  return new ConfigError(`${name} must be ${accepts}, got ${got}. ${remedy}`, options);
}

/**
 * A text for an error. A text that may hold a password is cut after its first word, since it was not parsed.
 */
export function withoutPassword(text: string): string {
  return /@|password/i.test(text) ? `${/^\w*/.exec(text)?.[0]}…` : text;
}
