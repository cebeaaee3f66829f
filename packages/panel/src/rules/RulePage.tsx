import type { RuleAction, RuleConditions, RuleDocument } from '@blockhouse/client';
import {
  Alert,
  Anchor,
  Button,
  Card,
  Checkbox,
  CloseButton,
  Group,
  Menu,
  NativeSelect,
  Radio,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useLocation, useParams, useSearch } from 'wouter';
import { useRules } from '../api/rules.ts';
import { blockhouse, wordsOf } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { useIsAdmin } from '../app/session.ts';
import { choicesOf, t } from '../i18n/messages.ts';
import { ChoicesInput } from '../ui/ChoicesInput.tsx';
import { IconPlus } from '../ui/icons.tsx';
import { notify } from '../ui/notify.ts';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import { ConditionFields } from './ConditionFields.tsx';
import {
  type ConditionName,
  cleaned,
  conditionNames,
  emptyRule,
  newConditions,
  problemOf,
  termsOf,
} from './draft.ts';
import { CountInput } from './fields.tsx';
import { Replay } from './Replay.tsx';
import { isRisk, RiskDialog } from './RiskDialog.tsx';
import classes from './Rules.module.css';
import { readyMadeRules } from './ready-made.ts';
import { sentenceOf } from './sentence.ts';
import { spanWords } from './spans.ts';

/** A new rule, from scratch or from a ready-made one: /rules/new?from=… */
export function NewRulePage() {
  const code = new URLSearchParams(useSearch()).get('from');
  const document = readyMadeRules().find((one) => one.code === code)?.document;
  // A ready-made rule is off in its file. Here it begins to count.
  const start = document === undefined ? emptyRule : { ...emptyRule, ...document, mode: 'observe' as const };
  return <RuleForm key={code} id={null} start={start} />;
}

/** A rule at an address of its own: /rules/{id} */
export function EditRulePage() {
  const { id } = useParams<{ id: string }>();
  const rules = useRules();
  const rule = rules.data?.find((one) => one.id === id);
  if (rule !== undefined) return <RuleForm key={id} id={rule.id} start={termsOf(rule)} />;
  if (rules.isPending) return <Loading />;
  if (rules.isError) return <Problem error={rules.error} onRetry={() => void rules.refetch()} />;
  return (
    <Empty title={t('rules.form.unknown')}>
      <Button component={Link} href="/rules" variant="default">
        {t('rules.form.back')}
      </Button>
    </Empty>
  );
}

/** The form of a rule, beside its meaning and its effect on past messages. */
function RuleForm({ id, start }: { id: string | null; start: RuleDocument }) {
  const queries = useQueryClient();
  const isAdmin = useIsAdmin();
  const [, go] = useLocation();
  const [rule, setRule] = useState(start);
  const [problem, setProblem] = useState<string | null>(null);
  const written = cleaned(rule);
  const change = (changes: Partial<RuleDocument>) => {
    setRule((before) => ({ ...before, ...changes }));
    setProblem(null);
  };
  const save = useMutation({
    mutationFn: (confirmation: { readonly confirm?: true }) => {
      const asked = { ...written, ...confirmation };
      return id === null ? blockhouse.rules.create(asked) : blockhouse.rules.change(id, asked);
    },
    onSuccess: (saved) => {
      notify(t('rules.form.saved', { name: saved.name }));
      go('/rules');
    },
    onError: (error) => setProblem(isRisk(error) ? null : wordsOf(error)),
    onSettled: () => queries.invalidateQueries({ queryKey: ['rules'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = problemOf(written);
    setProblem(found);
    if (found === null) save.mutate({});
  };
  return (
    <div className={classes['page']}>
      <Anchor component={Link} href="/rules" size="sm">
        {t('rules.form.back')}
      </Anchor>
      <Title order={1} size="h3" mb="sm">
        {id === null ? t('rules.form.newTitle') : t('rules.form.editTitle')}
      </Title>
      <div className={classes['rule']}>
        <form onSubmit={submit} noValidate>
          <Stack>
            <TextInput
              label={t('rules.form.name')}
              description={t('rules.form.nameHint')}
              maxLength={100}
              value={rule.name}
              onChange={(event) => change({ name: event.currentTarget.value })}
            />
            <Conditions when={rule.when} onChange={(when) => change({ when })} />
            <Action action={rule.action} onChange={(action) => change({ action })} />
            <OnNumbers numbers={rule.numbers ?? '*'} onChange={(numbers) => change({ numbers })} />
            <Limits rule={rule} onChange={change} />
            <Mode mode={rule.mode ?? 'observe'} onChange={(mode) => change({ mode })} />
            {problem !== null && (
              <Alert color="red" variant="light" role="alert">
                {problem}
              </Alert>
            )}
            <Group>
              <Button type="submit" loading={save.isPending} disabled={!isAdmin}>
                {t('rules.form.save')}
              </Button>
              <Button component={Link} href="/rules" variant="default">
                {t('common.cancel')}
              </Button>
              {!isAdmin && <Text size="sm">{t('rules.onlyAdmins')}</Text>}
            </Group>
          </Stack>
        </form>
        <Stack className={classes['beside'] ?? ''}>
          <Card withBorder component="section" aria-label={t('rules.form.inWords')}>
            <Title order={2} size="h5">
              {t('rules.form.inWords')}
            </Title>
            <Text role="status">{sentenceOf(written)}</Text>
          </Card>
          {isAdmin && <Replay rule={written} />}
        </Stack>
      </div>
      <RiskDialog error={save.error} onConfirm={() => save.mutate({ confirm: true })} onClose={save.reset} />
    </div>
  );
}

/** The conditions of a rule, and a menu of those that it does not have. */
function Conditions({ when, onChange }: { when: RuleConditions; onChange: (when: RuleConditions) => void }) {
  const used = Object.keys(when) as ConditionName[];
  const left = conditionNames.filter((name) => !used.includes(name));
  return (
    <Stack gap="xs" component="fieldset" className={classes['group'] ?? ''}>
      <legend className={classes['legend']}>{t('rules.form.when')}</legend>
      {used.map((name) => (
        <Condition
          key={name}
          name={name}
          when={when}
          onChange={onChange}
          onRemove={() => {
            const { [name]: _, ...others } = when;
            onChange(others);
          }}
        />
      ))}
      {left.length > 0 && (
        <Menu position="bottom-start" withinPortal={false}>
          <Menu.Target>
            <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} w="fit-content">
              {t('rules.form.addCondition')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {left.map((name) => (
              <Menu.Item key={name} onClick={() => onChange({ ...when, [name]: newConditions[name] })}>
                {t(`rules.conditions.${name}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </Stack>
  );
}

function Condition<Name extends ConditionName>({
  name,
  when,
  onChange,
  onRemove,
}: {
  name: Name;
  when: RuleConditions;
  onChange: (when: RuleConditions) => void;
  onRemove: () => void;
}) {
  const value = when[name];
  if (value === undefined) return null;
  const label = t(`rules.conditions.${name as ConditionName}`);
  return (
    <section aria-label={label} className={classes['condition']}>
      <Text fw={600} size="sm">
        {label}
      </Text>
      <CloseButton aria-label={t('rules.form.removeCondition', { condition: label })} onClick={onRemove} />
      <div className={classes['fields']}>
        <ConditionFields name={name} value={value} onChange={(next) => onChange({ ...when, [name]: next })} />
      </div>
    </section>
  );
}

function Action({ action, onChange }: { action: RuleAction; onChange: (action: RuleAction) => void }) {
  const choose = (type: string) => {
    if (type === 'block') onChange({ type, keep_message: true });
    else if (type === 'hold' || type === 'flag') onChange({ type });
  };
  return (
    <Radio.Group label={t('rules.form.action')} value={action.type} onChange={choose}>
      <Stack gap="xs" mt="xs">
        {choicesOf('rules.form.actions').map(({ value: type, label }) => (
          <Radio key={type} value={type} label={label} />
        ))}
        {action.type === 'block' && <BlockFields action={action} onChange={onChange} />}
      </Stack>
    </Radio.Group>
  );
}

type Block = Extract<RuleAction, { type: 'block' }>;

function BlockFields({ action, onChange }: { action: Block; onChange: (action: Block) => void }) {
  const spans = choicesOf('block.durations').filter(({ value }) => value !== 'good');
  const own = action.for;
  const isOther = own !== undefined && spans.every(({ value }) => value !== own);
  return (
    <Stack gap="xs" className={classes['condition'] ?? ''}>
      <Group align="end">
        <NativeSelect
          label={t('rules.form.duration')}
          value={own ?? ''}
          onChange={(event) => {
            const { for: _, ...rest } = action;
            const span = event.currentTarget.value;
            onChange(span === '' ? rest : { ...rest, for: span });
          }}
          data={[
            { value: '', label: t('block.durations.good') },
            ...spans,
            ...(isOther ? [{ value: own, label: spanWords(own) }] : []),
          ]}
        />
        <TextInput
          label={t('rules.form.note')}
          maxLength={1000}
          value={action.note ?? ''}
          onChange={(event) => {
            const { note: _, ...rest } = action;
            const note = event.currentTarget.value;
            onChange(note === '' ? rest : { ...rest, note });
          }}
        />
      </Group>
      <Checkbox
        label={t('rules.form.onAll')}
        checked={action.numbers === '*'}
        onChange={(event) => {
          const { numbers: _, ...rest } = action;
          onChange(event.currentTarget.checked ? { ...rest, numbers: '*' } : rest);
        }}
      />
      <Checkbox
        label={t('rules.form.keep')}
        checked={action.keep_message === true}
        onChange={(event) => onChange({ ...action, keep_message: event.currentTarget.checked })}
      />
    </Stack>
  );
}

/** Which numbers a rule watches; nothing to choose where there is only one. */
function OnNumbers({
  numbers: chosen,
  onChange,
}: {
  numbers: readonly string[] | '*';
  onChange: (numbers: readonly string[] | '*') => void;
}) {
  const { numbers, number } = useNumber();
  if (numbers.length === 1 && chosen === '*') return null;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {t('rules.form.where')}
      </Text>
      <Checkbox
        label={t('rules.form.everywhere')}
        checked={chosen === '*'}
        onChange={(event) => onChange(event.currentTarget.checked ? '*' : [number.id])}
      />
      {chosen !== '*' && (
        <ChoicesInput
          label={t('rules.form.onThese')}
          value={chosen}
          onChange={onChange}
          choices={numbers.map(({ id, verifiedName }) => ({ value: id, label: verifiedName }))}
        />
      )}
    </Stack>
  );
}

function Limits({
  rule,
  onChange,
}: {
  rule: RuleDocument;
  onChange: (changes: Partial<RuleDocument>) => void;
}) {
  return (
    <Stack gap="sm" component="fieldset" className={classes['group'] ?? ''}>
      <legend className={classes['legend']}>{t('rules.form.exceptions')}</legend>
      {rule.action.type !== 'flag' && (
        <Checkbox
          label={t('rules.form.customers')}
          description={t('rules.form.customersHint')}
          checked={rule.includes_customers === true}
          onChange={(event) => onChange({ includes_customers: event.currentTarget.checked })}
        />
      )}
      {rule.action.type === 'block' && (
        <CountInput
          label={t('rules.form.limit')}
          hint={t('rules.form.limitHint')}
          value={rule.blocks_per_hour ?? 0}
          onChange={(blocks_per_hour) => onChange({ blocks_per_hour })}
        />
      )}
      <Checkbox
        label={t('rules.form.notify')}
        description={t('rules.form.notifyHint')}
        checked={rule.notify === true}
        onChange={(event) => onChange({ notify: event.currentTarget.checked })}
      />
      {rule.order !== undefined && (
        <CountInput
          label={t('rules.form.order')}
          hint={t('rules.form.orderHint')}
          value={rule.order}
          onChange={(order) => onChange({ order })}
        />
      )}
    </Stack>
  );
}

function Mode({
  mode,
  onChange,
}: {
  mode: NonNullable<RuleDocument['mode']>;
  onChange: (mode: NonNullable<RuleDocument['mode']>) => void;
}) {
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {t('rules.form.mode')}
      </Text>
      <SegmentedControl
        aria-label={t('rules.form.mode')}
        value={mode}
        onChange={onChange}
        data={(['off', 'observe', 'enforce'] as const).map((value) => ({
          value,
          label: t(`rules.modes.${value}`),
        }))}
      />
      <Text size="sm" c="dimmed">
        {t(`rules.modeHints.${mode}`)}
      </Text>
    </div>
  );
}
