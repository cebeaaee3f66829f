import { BlockhouseError, type NumberInfo, PermissionError, type Subscription } from '@blockhouse/client';
import { commandLine } from './command-line.ts';

/** The state of one thing that has to work. */
export interface Judgment {
  /** Null: nobody knows. */
  readonly ok: boolean | null;
  /** Sentences: the state, and the person who has to act. */
  readonly finding: string;
}

type Upstream = NonNullable<NumberInfo['upstream']>;

/** How Meta answers for a number. */
export function judgeMeta({ health }: Upstream): Judgment {
  const said = `${sentence(health.problem)}${health.advice ?? ''}`.trim();
  switch (health.state) {
    case 'unknown':
      return { ok: null, finding: 'The server has not asked Meta about this number since it started.' };
    case 'ok':
      return { ok: true, finding: `Meta answers. Its last answer was at ${health.lastOkAt}.` };
    case 'limited': {
      const until = health.pausedUntil === null ? '' : ` The pause ends at ${health.pausedUntil}.`;
      return { ok: false, finding: `Meta limits requests. ${said}${until}` };
    }
    case 'failing':
      return { ok: false, finding: `Meta refuses or fails. ${said}` };
  }
}

/**
 * Whether webhooks of Meta's come in: only a number to whose account an app is subscribed, and that has received one, is known to
 * work.
 * @param asked whether an app is subscribed, or why that is not known.
 */
export function judgeWebhooks(
  { id, upstream }: Pick<NumberInfo, 'id' | 'upstream'>,
  asked: Subscription | BlockhouseError,
): Judgment {
  const lastAt = upstream?.health.lastWebhookAt ?? null;
  const last =
    lastAt === null ? 'Meta has not sent a webhook yet.' : `Meta last sent a webhook at ${lastAt}.`;
  if (asked instanceof BlockhouseError) {
    const isKey = asked instanceof PermissionError && asked.platformProblem === null;
    const why = isKey
      ? 'Only a key with the role admin may ask whether an app is subscribed.'
      : `It is not known whether an app is subscribed: ${sentence(asked.message)}`;
    return { ok: null, finding: `${last} ${why}`.trim() };
  }
  if (!asked.subscribed) {
    const command = commandLine(`numbers subscribe ${id}`);
    return {
      ok: false,
      finding: `${last} No app is subscribed to the account, so Meta sends none: run ${command}.`,
    };
  }
  const apps = asked.apps.map(({ id, name }) => (name === null ? id : `${name} (${id})`)).join(', ');
  if (lastAt !== null) return { ok: true, finding: `${last} Subscribed: ${apps}.` };
  return {
    ok: null,
    finding:
      `${last} Subscribed: ${apps}. Write to the number from a phone; if this stays so, check the app at Meta: its callback URL must ` +
      'be /webhooks/meta of this server, with the field messages.',
  };
}

/** Whether the business's own receiver accepts what it is sent. */
export function judgeReceiver({ webhook }: Pick<NumberInfo, 'webhook'>): Judgment {
  if (webhook === null)
    return { ok: null, finding: 'The number has no webhook, so no program receives its messages.' };
  const { url, health } = webhook;
  switch (health.state) {
    case 'unknown':
      return { ok: null, finding: `The server has sent nothing to ${url} since it started.` };
    case 'ok':
      return { ok: true, finding: `${url} accepted the last webhook, at ${health.lastAttemptAt}.` };
    case 'failing':
      return {
        ok: false,
        finding:
          `${url} did not accept the last webhook, at ${health.lastAttemptAt}: ${sentence(health.problem)}` +
          'Its operator must check it: it must respond with status 200.',
      };
  }
}

/** The problems of a number, as far as its own fields show, in one or two sentences each. */
export function problemsOf(number: NumberInfo): readonly string[] {
  const { upstream } = number;
  const judged = [...(upstream === null ? [] : [judgeMeta(upstream)]), judgeReceiver(number)];
  const isSilent = upstream !== null && upstream.health.lastWebhookAt === null;
  return [
    ...judged.filter(({ ok }) => ok === false).map(({ finding }) => finding),
    ...(isSilent
      ? [`Meta has not sent a webhook yet: see ${commandLine(`doctor --number ${number.id}`)}.`]
      : []),
  ];
}

function sentence(text: string | null): string {
  return text === null || text === '' ? '' : `${text.replace(/[.\s]+$/, '')}. `;
}
