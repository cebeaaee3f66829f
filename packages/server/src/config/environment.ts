import { closest } from 'fastest-levenshtein';
import { ConfigError } from './setting.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of the command line, which a shell may hold as well. The server ignores them. */
export const commandLineVariables: readonly string[] = [
  'BLOCKHOUSE_URL',
  'BLOCKHOUSE_KEY',
  'BLOCKHOUSE_NUMBER',
  'BLOCKHOUSE_API_VERSION',
];

/** The variables that Kubernetes and Docker set for a service whose name begins with blockhouse. */
const setByOrchestrators =
  /^BLOCKHOUSE_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** A misspelled variable would have no effect, so the server does not start with one. @throws ConfigError */
export function refuseUnknownVariables(env: Environment, settingNames: readonly string[]): void {
  const known = [...settingNames, ...commandLineVariables];
  for (const [name, value] of Object.entries(env)) {
    if (!/^BLOCKHOUSE_/i.test(name) || !value || known.includes(name)) continue;
    const isAddress = name.endsWith('_PORT') && /^\w+:\/\//.test(value);
    if (isAddress || setByOrchestrators.test(name)) continue;
    throw new ConfigError(
      `${name} is not a setting; the nearest one is ${closest(name.toUpperCase(), known)}. Correct the name, or unset it.`,
    );
  }
}

/** Notices for the person who starts the server, one sentence each. */
export function startupNotices(env: Environment): readonly string[] {
  if (!env['BLOCKHOUSE_KEY']) return [];
  return [
    'BLOCKHOUSE_KEY is for the command line; the server ignores it. Its own admin key is BLOCKHOUSE_ADMIN_KEY.',
  ];
}
