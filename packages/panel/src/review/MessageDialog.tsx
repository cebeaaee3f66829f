import type { Review } from '@blockhouse/client';
import { Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { readFirstMessage } from '../api/message-content.ts';
import { useRules } from '../api/rules.ts';
import { country, date, nameOf } from '../i18n/format.ts';
import { t, textFor } from '../i18n/messages.ts';
import { sentenceOf } from '../rules/sentence.ts';
import classes from './ReviewPage.module.css';

/** A message in full, the rule that wants it to be seen, and what can be done. */
export function MessageDialog({
  review,
  onClose,
  children,
}: {
  review: Review | null;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Modal
      opened={review !== null}
      onClose={onClose}
      title={t('review.details.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {review !== null && (
        <Stack>
          <MessageFacts review={review} />
          <Group>{children}</Group>
        </Stack>
      )}
    </Modal>
  );
}

/** The state of a message, and of its sender: a block that Meta has refused is not shown as one. */
function stateOf({ kind, sender: { state, refused } }: Review): string {
  const why = refused === null ? '' : (textFor('activity.outcomes', refused) ?? refused);
  return [t(`review.kindHints.${kind}`), t(`review.senders.${state}`), why].filter(Boolean).join(' ');
}

function MessageFacts({ review }: { review: Review }) {
  const rule = useRules().data?.find(({ id }) => id === review.rule.id);
  const message = readFirstMessage(review.webhook);
  const facts: readonly (readonly [string, string])[] = [
    [
      t('review.details.from'),
      [message?.name, nameOf(review.waId), country(review.waId)].filter(Boolean).join(' · '),
    ],
    [t('review.details.received'), date(review.receivedAt)],
    [t('review.details.type'), textFor('rules.fields.typesOf', message?.type ?? null) ?? message?.type ?? ''],
    [t('review.details.text'), message?.text ?? ''],
    [
      t('review.details.rule'),
      rule === undefined ? t('review.deletedRule') : `${rule.name}: ${sentenceOf(rule)}`,
    ],
    [t('review.details.state'), stateOf(review)],
  ];
  return (
    <dl className={classes['facts']}>
      {facts.map(
        ([label, value]) =>
          value !== '' && (
            <div key={label}>
              <Text component="dt" size="sm" c="dimmed">
                {label}
              </Text>
              <Text component="dd" size="sm">
                <bdi>{value}</bdi>
              </Text>
            </div>
          ),
      )}
    </dl>
  );
}
