import type { Rule } from '@blockhouse/client';
import { ActionIcon, Button, Card, Group, Menu, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useRules } from '../api/rules.ts';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { useIsAdmin } from '../app/session.ts';
import { locale, t } from '../i18n/messages.ts';
import { IconDots, IconPlus } from '../ui/icons.tsx';
import { notify, notifyFailure } from '../ui/notify.ts';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import { Allowlist } from './Allowlist.tsx';
import { RemoveDialog } from './RemoveDialog.tsx';
import { isRisk, RiskDialog } from './RiskDialog.tsx';
import classes from './Rules.module.css';
import { type ReadyMadeRule, readyMadeRules } from './ready-made.ts';
import { sentenceOf } from './sentence.ts';
import { UndoDialog } from './UndoDialog.tsx';

const modes = ['off', 'observe', 'enforce'] as const;

/** The auto-block rules of the installation: what they do, what they did today, and the switch of each. */
export function RulesPage() {
  const query = useRules();
  const isAdmin = useIsAdmin();
  const [undoing, setUndoing] = useState<Rule | null>(null);
  const [removing, setRemoving] = useState<Rule | null>(null);
  const rules = query.data ?? [];
  const names = new Set(rules.map(({ name }) => name.toLowerCase()));
  const unused = readyMadeRules().filter(({ spellings }) =>
    spellings.every((name) => !names.has(name.toLowerCase())),
  );
  return (
    <Stack className={classes['page'] ?? ''}>
      <Group justify="space-between" gap="sm">
        <Title order={1} size="h3">
          {t('rules.title')}
        </Title>
        {isAdmin && (
          <Button component={Link} href="/rules/new" leftSection={<IconPlus />}>
            {t('rules.add')}
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {t('rules.about')} {!isAdmin && t('rules.onlyAdmins')}
      </Text>
      {query.isPending ? (
        <Loading />
      ) : query.isError && rules.length === 0 ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : rules.length === 0 ? (
        <Empty title={t('rules.empty')} {...(isAdmin && { hint: t('rules.emptyHint') })} />
      ) : (
        <ul className={classes['list']} aria-label={t('rules.title')}>
          {rules.map((rule) => (
            <li key={rule.id}>
              <RuleCard rule={rule} onUndo={() => setUndoing(rule)} onRemove={() => setRemoving(rule)} />
            </li>
          ))}
        </ul>
      )}
      {isAdmin && !query.isPending && unused.length > 0 && <Templates rules={unused} />}
      {query.data !== undefined && <Allowlist />}
      <UndoDialog rule={undoing} onClose={() => setUndoing(null)} />
      <RemoveDialog rule={removing} onClose={() => setRemoving(null)} />
    </Stack>
  );
}

function RuleCard({ rule, onUndo, onRemove }: { rule: Rule; onUndo: () => void; onRemove: () => void }) {
  const queries = useQueryClient();
  const isAdmin = useIsAdmin();
  const [, go] = useLocation();
  const { name, mode, last_24_hours: counts } = rule;
  const change = useMutation({
    mutationFn: (next: { readonly mode: Rule['mode']; readonly confirm?: true }) =>
      blockhouse.rules.change(rule.id, next),
    onError: (error) => {
      if (!isRisk(error)) notifyFailure(error);
    },
    onSuccess: (changed) => notify(t(`rules.changed.${changed.mode}`, { name: changed.name })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['rules'] }),
  });
  return (
    <Card withBorder component="article" aria-label={name}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="start">
          <Title order={2} size="h5">
            <bdi>{name}</bdi>
          </Title>
          {isAdmin && (
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="subtle" color="gray" aria-label={t('rules.more', { name })}>
                  <IconDots />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => go(`/rules/${rule.id}`)}>{t('rules.edit')}</Menu.Item>
                {rule.action.type === 'block' && <Menu.Item onClick={onUndo}>{t('rules.undo')}</Menu.Item>}
                <Menu.Item onClick={onRemove}>{t('rules.remove')}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
        <Text size="sm">{sentenceOf(rule)}</Text>
        <OnNumbers rule={rule} />
        <Group justify="space-between" gap="sm">
          <Text size="sm" c="dimmed">
            {t('rules.counts', { matched: counts.matched, acted: counts.acted })}
          </Text>
          <SegmentedControl
            size="xs"
            {...(mode === 'enforce' && { color: 'brand' })}
            aria-label={t('rules.mode', { name })}
            disabled={!isAdmin || change.isPending}
            value={mode}
            onChange={(next) => change.mutate({ mode: next })}
            data={modes.map((one) => ({ value: one, label: t(`rules.modes.${one}`) }))}
          />
        </Group>
      </Stack>
      <RiskDialog
        error={change.error}
        onConfirm={() => change.mutate({ mode: 'enforce', confirm: true })}
        onClose={change.reset}
      />
    </Card>
  );
}

/** The numbers of a rule that is not for all. */
function OnNumbers({ rule }: { rule: Rule }) {
  const { numbers } = useNumber();
  if (rule.numbers === '*') return null;
  const names = rule.numbers.map((id) => numbers.find((one) => one.id === id)?.verifiedName ?? id);
  return (
    <Text size="sm" c="dimmed">
      {t('rules.onNumbers', { names: new Intl.ListFormat(locale()).format(names) })}
    </Text>
  );
}

function Templates({ rules }: { rules: readonly ReadyMadeRule[] }) {
  return (
    <section aria-label={t('rules.templates')}>
      <Title order={2} size="h5">
        {t('rules.templates')}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t('rules.templatesHint')}
      </Text>
      <ul className={classes['templates']}>
        {rules.map((rule) => (
          <li key={rule.code}>
            <Card withBorder h="100%">
              <Stack gap="xs" justify="space-between" h="100%">
                <div>
                  <Text fw={600} size="sm">
                    {rule.name}
                  </Text>
                  <Text size="sm">{rule.hint}</Text>
                </div>
                <Button
                  component={Link}
                  href={`/rules/new?from=${rule.code}`}
                  size="xs"
                  variant="default"
                  aria-label={t('rules.use', { name: rule.name })}
                >
                  {t('rules.useIt')}
                </Button>
              </Stack>
            </Card>
          </li>
        ))}
      </ul>
    </section>
  );
}
