import type { NumberDiagnosis } from '@blockhouse/client';
import { Anchor, Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useContext } from 'react';
import { Link } from 'wouter';
import { readAgain, unblockRefusalWords, unrefused } from '../api/changes.ts';
import { serverNow } from '../api/clock.ts';
import { useRules } from '../api/rules.ts';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { SessionContext } from '../app/session.ts';
import { ago, date } from '../i18n/format.ts';
import { t, textFor } from '../i18n/messages.ts';
import { sentenceOf } from '../rules/sentence.ts';
import { useInAddress } from '../ui/address.ts';
import { notify, notifyFailure } from '../ui/notify.ts';
import { TermsDialog } from './TermsDialog.tsx';
import { verdictColor } from './verdict-color.ts';

/** A person at one number: why their messages do or do not arrive there, and what can be done. */
export function AtNumber({ found, user, name }: { found: NumberDiagnosis; user: string; name: string }) {
  const { numbers } = useNumber();
  const [editedAt, edit] = useInAddress('edit', 'push');
  const numberName = numbers.find(({ id }) => id === found.number)?.verifiedName ?? found.displayPhoneNumber;
  // A frame can show several people at the same number.
  const here = `${found.number}.${user}`;
  const { blocked, window } = found;
  return (
    <Card withBorder component="section" aria-label={numberName}>
      <Stack gap="xs" h="100%" justify="space-between">
        <Stack gap="xs">
          <Group justify="space-between">
            <Title order={2} size="h5">
              {numberName}
            </Title>
            <Badge color={verdictColor(found.verdict)} variant="light">
              {textFor('check.verdicts', found.verdict) ?? found.verdict}
            </Badge>
          </Group>
          <Facts found={found} />
          {blocked !== null && !window.open && (
            <Text size="sm" c="dimmed">
              {t('person.cannotBlockAgain')}
            </Text>
          )}
        </Stack>
        <Actions found={found} user={user} name={name} onEdit={() => edit(here)} />
      </Stack>
      <TermsDialog
        isOpen={editedAt === here}
        onClose={() => edit('')}
        found={found}
        user={user}
        name={name}
        numberName={numberName}
      />
    </Card>
  );
}

function Facts({ found }: { found: NumberDiagnosis }) {
  const cause = found.blocked ?? found.standing;
  const since = found.blocked?.since ?? found.standing?.placedAt ?? null;
  const who = cause?.person ?? cause?.key?.name ?? t('activity.elsewhere');
  return (
    <>
      <Text size="sm">
        {found.window.lastInboundAt === null
          ? t('check.neverWrote')
          : t('check.lastWrote', { when: ago(found.window.lastInboundAt, serverNow()) })}
      </Text>
      {cause !== null && since !== null && cause.source !== 'rule' && (
        <Text size="sm">{t('check.byWhom', { who, when: date(since) })}</Text>
      )}
      {cause?.source === 'rule' && cause.key !== null && since !== null && (
        <ByRule id={cause.key.id} name={who} since={since} />
      )}
      {found.verdict === 'held' && (
        <Text size="sm">
          {t('check.heldBy')}{' '}
          <PageLink href={`~/panel/${found.number}/review`}>{t('check.openReview')}</PageLink>
        </Text>
      )}
      {cause?.note != null && (
        <Text size="sm">
          <bdi>{t('check.note', { note: cause.note })}</bdi>
        </Text>
      )}
      {cause?.until != null && <Text size="sm">{t('check.until', { when: date(cause.until) })}</Text>}
      {found.dropped > 0 && <Text size="sm">{t('check.dropped', { count: found.dropped })}</Text>}
    </>
  );
}

function Actions({
  found,
  user,
  name,
  onEdit,
}: {
  found: NumberDiagnosis;
  user: string;
  name: string;
  onEdit: () => void;
}) {
  const queries = useQueryClient();
  const call = { users: [user], numbers: [found.number] };
  const release = useMutation({
    mutationFn: async () => {
      if (found.blocked !== null) {
        unrefused(await blockhouse.unblock(call), unblockRefusalWords);
        return t('check.unblocked', { who: name });
      }
      unrefused(await blockhouse.standingBlocks.withdraw(call), unblockRefusalWords);
      return t('check.withdrawn', { who: name });
    },
    onSuccess: (message) => notify(message),
    onError: (error) => notifyFailure(error),
    onSettled: () => readAgain(queries),
  });
  if (found.verdict === 'not_on_whatsapp') return null;
  if (found.blocked === null && found.standing === null)
    return (
      <Button variant="default" onClick={onEdit}>
        {t('person.block')}
      </Button>
    );
  return (
    <Group gap="xs">
      <Button variant="default" onClick={onEdit}>
        {t('person.edit')}
      </Button>
      <Button variant="default" loading={release.isPending} onClick={() => release.mutate()}>
        {found.blocked === null ? t('check.withdraw') : t('check.unblock')}
      </Button>
    </Group>
  );
}

/** A link to a page of the panel; an embedded panel has none. */
function PageLink({ href, children }: { href: string; children: string }) {
  const hasPages = useContext(SessionContext) !== null;
  if (!hasPages) return null;
  return (
    <Anchor component={Link} underline="always" href={href} size="sm">
      {children}
    </Anchor>
  );
}

/** Which rule has blocked a user, and what it looks for. */
function ByRule({ id, name, since }: { id: string; name: string; since: string }) {
  const rule = useRules().data?.find((one) => one.id === id);
  return (
    <div>
      <Text size="sm">{t('check.byRule', { rule: name, when: date(since) })}</Text>
      {rule !== undefined && (
        <Text size="sm" c="dimmed">
          {sentenceOf(rule)} <PageLink href={`/rules/${id}`}>{t('check.openRule')}</PageLink>
        </Text>
      )}
    </div>
  );
}
