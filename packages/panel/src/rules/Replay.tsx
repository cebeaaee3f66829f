import type { Replay as ReplayResult, RuleDocument } from '@blockhouse/client';
import { Alert, Button, Card, FileButton, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { readMessage } from '../api/message-content.ts';
import { useKeptFor } from '../api/rules.ts';
import { blockhouse, wordsOf } from '../api/server.ts';
import { date, nameOf } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { problemOf } from './draft.ts';
import classes from './Rules.module.css';
import { spanWords } from './spans.ts';

/** The largest body that the server takes is a little larger. */
const fileBytesMax = 15 * 1024 * 1024;

const deadline = { timeoutMs: 120_000, deadlineMs: 120_000 };

/** Tries a rule on messages of the past. It blocks nobody. */
export function Replay({ rule }: { rule: RuleDocument }) {
  const keptFor = useKeptFor();
  const replay = useMutation({
    mutationFn: async (file: File | null) => {
      const problem = problemOf(rule);
      if (problem !== null) throw new Error(problem);
      if (file === null) return await blockhouse.rules.replay(rule, {}, deadline);
      if (file.size > fileBytesMax) throw new Error(t('rules.replay.tooLarge', { size: '15 MB' }));
      return await blockhouse.rules.replay(rule, { webhooks: readWebhooks(await file.text()) }, deadline);
    },
  });
  return (
    <Card withBorder component="section" aria-label={t('rules.replay.title')}>
      <Stack gap="xs" align="flex-start">
        <Title order={2} size="h5">
          {t('rules.replay.title')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('rules.replay.about')}
        </Text>
        {keptFor !== null && (
          <Button size="xs" loading={replay.isPending} onClick={() => replay.mutate(null)}>
            {t('rules.replay.kept', { span: spanWords(keptFor) })}
          </Button>
        )}
        <FileButton
          onChange={(file) => file !== null && replay.mutate(file)}
          accept=".json,.jsonl,.ndjson,.txt"
        >
          {(props) => (
            <Button {...props} size="xs" variant="default" loading={replay.isPending}>
              {t('rules.replay.file')}
            </Button>
          )}
        </FileButton>
        <Text size="xs" c="dimmed">
          {t('rules.replay.fileHint')}
        </Text>
        <div role="status">
          {replay.isError && (
            <Text size="sm" c="var(--mantine-color-error)">
              {wordsOf(replay.error)}
            </Text>
          )}
          {replay.data !== undefined && <Result {...replay.data} />}
        </div>
      </Stack>
    </Card>
  );
}

function Result({ messages, matched, dropped, users, known_users: known, samples }: ReplayResult) {
  if (messages === 0) return <Text size="sm">{t('rules.replay.none')}</Text>;
  if (matched === 0) return <Text size="sm">{t('rules.replay.nobody', { messages })}</Text>;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {t('rules.replay.result', { matched, messages, users })}
      </Text>
      {dropped > 0 && <Text size="sm">{t('rules.replay.dropped', { count: dropped })}</Text>}
      {known > 0 && (
        <Alert color="yellow" variant="light">
          {t('rules.replay.known', { count: known })}
        </Alert>
      )}
      <Title order={3} size="h6">
        {t('rules.replay.samples')}
      </Title>
      <ul className={classes['list']}>
        {samples.map(({ wa_id: waId, at, message }, index) => {
          const { type, text } = readMessage(message);
          return (
            <li key={`${waId} ${at} ${index}`} className={classes['sample']}>
              <Text size="xs" c="dimmed">
                <bdi dir="ltr">{nameOf(waId)}</bdi> · {date(at)}
              </Text>
              <Text size="sm">
                <bdi>{text === '' ? t('review.noText', { type }) : text}</bdi>
              </Text>
            </li>
          );
        })}
      </ul>
    </Stack>
  );
}

/** Webhooks in a file: a list, one alone, or one a line. @throws Error for people. */
function readWebhooks(text: string): readonly object[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const webhooks = readJson(text) ?? lines.map(readJson);
  const list = Array.isArray(webhooks) ? webhooks : [webhooks];
  if (list.length === 0 || list.some((one) => typeof one !== 'object' || one === null))
    throw new Error(t('rules.replay.unreadable'));
  return list as object[];
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
