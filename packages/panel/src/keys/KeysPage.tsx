import type { KeyInfo } from '@blockhouse/client';
import { Badge, Button, Group, Stack, Table, Text, Title, VisuallyHidden } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useContext } from 'react';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { SessionContext } from '../app/session.ts';
import { both, day } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { useInAddress } from '../ui/address.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { IconPlus } from '../ui/icons.tsx';
import { notify, notifyFailure } from '../ui/notify.ts';
import { Loading, Problem } from '../ui/Problem.tsx';
import classes from './KeysPage.module.css';
import { NewKeyDialog } from './NewKeyDialog.tsx';

/** The keys of people and programs: who has one, what it opens, and until when. */
export function KeysPage() {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => blockhouse.keys.list({ signal }),
  });
  const [dialog, setDialog] = useInAddress('dialog', 'push');
  const [revokedId, setRevokedId] = useInAddress('revoke', 'push');
  const revoked = query.data?.find(({ id }) => id === revokedId);
  const revoke = useMutation({
    mutationFn: ({ id }: KeyInfo) => blockhouse.keys.revoke(id),
    onSuccess: (_done, { name }) => {
      notify(t('keys.revoked', { name }));
      setRevokedId('');
    },
    onError: (error) => notifyFailure(error),
    onSettled: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  return (
    <Stack className={classes['page'] ?? ''}>
      <Group justify="space-between" gap="sm">
        <Title order={1} size="h3">
          {t('keys.title')}
        </Title>
        <Button leftSection={<IconPlus />} onClick={() => setDialog('new')}>
          {t('keys.add')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        {t('keys.about')}
      </Text>
      {query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Keys keys={query.data} onRevoke={setRevokedId} />
      )}
      <NewKeyDialog isOpen={dialog === 'new'} onClose={() => setDialog('')} />
      <ConfirmDialog
        isOpen={revoked !== undefined}
        title={revoked === undefined ? '' : t('keys.revokeTitle', { name: revoked.name })}
        hint={t('keys.revokeHint')}
        action={t('keys.revoke')}
        isBusy={revoke.isPending}
        onConfirm={() => revoked !== undefined && revoke.mutate(revoked)}
        onClose={() => setRevokedId('')}
      />
    </Stack>
  );
}

function Keys({ keys, onRevoke }: { keys: readonly KeyInfo[]; onRevoke: (id: string) => void }) {
  const session = useContext(SessionContext);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className={classes['scroller']} tabIndex={0} aria-label={t('keys.title')}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('keys.columns.name')}</Table.Th>
            <Table.Th>{t('keys.columns.role')}</Table.Th>
            <Table.Th>{t('keys.columns.numbers')}</Table.Th>
            <Table.Th>{t('keys.columns.created')}</Table.Th>
            <Table.Th>{t('keys.columns.expires')}</Table.Th>
            <Table.Th>
              <VisuallyHidden>{t('keys.columns.more')}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map((key) => (
            <Table.Tr key={key.id}>
              <Table.Td>
                <bdi>{key.name}</bdi>
              </Table.Td>
              <Table.Td>{t(`keys.roles.${key.role}`)}</Table.Td>
              <Table.Td>
                <Opened numbers={key.numbers} />
              </Table.Td>
              <Table.Td>{day(key.createdAt)}</Table.Td>
              <Table.Td>{key.expiresAt === null ? t('keys.expiries.never') : day(key.expiresAt)}</Table.Td>
              <Table.Td>
                {key.id === session?.key.id ? (
                  <Badge variant="default">{t('keys.yours')}</Badge>
                ) : (
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={t('keys.revokeOf', { name: key.name })}
                    onClick={() => onRevoke(key.id)}
                  >
                    {t('keys.revoke')}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Opened({ numbers: ids }: { numbers: readonly string[] }) {
  const { numbers } = useNumber();
  if (ids.includes('*')) return t('keys.allNumbers');
  return <bdi>{both(ids.map((id) => numbers.find((one) => one.id === id)?.verifiedName ?? id))}</bdi>;
}
