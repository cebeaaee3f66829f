import { BadRule, type NumberRecord, readPhone, readSpan, ruleProblem } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { type PastMessage, replayRule } from '../../../auto-block/replay.ts';
import { NotAWebhook, parseItems } from '../../../meta-ingest/parse-webhook.ts';
import type { Services } from '../../../services.ts';
import { allow } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid, shown } from '../../shared/errors.ts';
import { errorResponses, requiresKey, strict, timestamp } from '../../shared/schemas.ts';
import { isoTime } from '../../shared/time.ts';
import { newRule, readRule } from './rule-schemas.ts';

const access = allow('admin');

/** Webhooks of one request. */
const webhooksMax = 20_000;

/** Kept messages that are tried. */
const keptMax = 20_000;

/** Webhooks of a message have about 700 bytes. */
const replayBytesMax = 16 * 1024 * 1024;

const replayShape = Type.Object({
  messages: Type.Integer({ description: 'Messages to your numbers on which the rule was tried' }),
  matched: Type.Integer({ description: 'Messages that the rule would have matched' }),
  dropped: Type.Integer({ description: 'Later messages of users whom the rule would have blocked' }),
  users: Type.Integer({ description: 'Users whom the rule would have matched' }),
  known_users: Type.Integer({ description: 'Those of them who are known to you' }),
  samples: Type.Array(
    Type.Object({ number: Type.String(), wa_id: Type.String(), at: timestamp, message: Type.Unknown() }),
  ),
});

/** `POST /blockhouse/v1/rules/replay`: the effect that a rule would have had. */
export function replayRoutes(app: App, { store, clock, ruleBook, messageArchive }: Services): void {
  /** The latest messages that were kept. */
  const keptMessages = async (last: string | undefined): Promise<readonly PastMessage[]> => {
    const { retentionMs } = messageArchive;
    if (retentionMs === null)
      throw invalid(
        'Param webhooks is required, because this server keeps no messages. To keep them, set BLOCKHOUSE_KEEP_MESSAGES.',
      );
    const spanMs = last === undefined ? retentionMs : readSpan(last);
    if (spanMs === null || spanMs <= 0)
      throw invalid(`Param last must be a span such as 24h - got "${shown(last ?? '')}".`);
    return await messageArchive.latest(await store.numbers(), { sinceMs: clock() - spanMs, max: keptMax });
  };

  app.post(
    '/blockhouse/v1/rules/replay',
    {
      bodyLimit: replayBytesMax,
      config: { access },
      schema: {
        ...requiresKey,
        tags: ['Auto-block rules'],
        summary: 'Check a rule on messages of the past',
        description:
          'Returns whom the rule would have matched, and changes nothing. Users are judged by what is known of them now.',
        body: Type.Object(
          {
            rule: newRule,
            webhooks: Type.Optional(
              Type.Array(Type.Object({}, { additionalProperties: true }), {
                minItems: 1,
                maxItems: webhooksMax,
                description:
                  'Bodies of webhooks, as Meta sends them. Left out: the messages that this server has kept',
              }),
            ),
            last: Type.Optional(
              Type.String({
                maxLength: 20,
                description: 'How far back kept messages are tried, such as `24h`; left out: all of them',
              }),
            ),
          },
          strict,
        ),
        response: { 200: replayShape, ...errorResponses },
      },
    },
    async (request) => {
      const terms = readRule(request.body.rule, 1);
      const problem = ruleProblem(terms);
      if (problem !== null) throw invalid(`Rule "${terms.name}": ${problem}`);
      const { webhooks, last } = request.body;
      const messages =
        webhooks === undefined
          ? await keptMessages(last)
          : readMessages(webhooks, await store.numbers(), clock());
      try {
        return render(await replayRule(terms, messages, { set: await ruleBook.set(), store }));
      } catch (error) {
        if (error instanceof BadRule) throw invalid(`Rule "${terms.name}": ${error.message}`);
        throw error;
      }
    },
  );
}

/** The messages of users in webhooks, as far as their numbers and phones are known. */
function readMessages(
  webhooks: readonly object[],
  numbers: readonly NumberRecord[],
  nowMs: number,
): readonly PastMessage[] {
  const known = new Map(numbers.map((number) => [number.id, number]));
  return webhooks.flatMap((webhook, index) =>
    itemsOf(webhook, index, nowMs).flatMap(({ key, numberId, phone, message, content }): PastMessage[] => {
      const number = known.get(numberId ?? '');
      const from = phone === null ? null : readPhone(phone);
      if (number === undefined || from === null || message === null || content === null) return [];
      return [{ id: key, number, from, name: message.name, content, atMs: message.sentAtMs }];
    }),
  );
}

function itemsOf(webhook: object, index: number, nowMs: number): ReturnType<typeof parseItems> {
  try {
    return parseItems(JSON.stringify(webhook), nowMs);
  } catch (error) {
    if (error instanceof NotAWebhook) throw invalid(`Param webhooks[${index}]: ${error.message}`);
    throw error;
  }
}

function render(result: Awaited<ReturnType<typeof replayRule>>): Static<typeof replayShape> {
  const { messages, matched, dropped, users, knownUsers, samples } = result;
  return {
    messages,
    matched,
    dropped,
    users: users.length,
    known_users: knownUsers.length,
    samples: samples.map(({ number, from, atMs, content }) => ({
      number: number.id,
      wa_id: String(from),
      at: isoTime(atMs),
      message: content,
    })),
  };
}
