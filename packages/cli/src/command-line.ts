/**
 * How a command is typed where this program was started: by its name, or in a clone through npm.
 * @param rest the command and its arguments, such as `doctor`.
 */
export function commandLine(rest: string, env: NodeJS.ProcessEnv = process.env): string {
  const program = env['npm_lifecycle_event'] === 'blockhouse' ? 'npm run -s blockhouse --' : 'blockhouse';
  return `"${program} ${rest}"`;
}
