import {
  Button,
  CloseButton,
  FileButton,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
} from '@mantine/core';
import { type ClipboardEvent, type DragEvent, type FormEvent, useMemo, useRef } from 'react';
import { serverNow } from '../api/clock.ts';
import { wordsOf } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { choicesOf, t } from '../i18n/messages.ts';
import classes from './BlockDialog.module.css';
import { type Duration, durationsMs } from './ExpiryFields.tsx';
import { Preview } from './Preview.tsx';
import { ReasonInput } from './ReasonInput.tsx';
import type { ListRequest } from './read-list.ts';
import { rememberReason } from './reasons.ts';
import { useList } from './use-list.ts';
import { keepsEnds, type Wanted } from './work.ts';

/** The input of a person. */
export interface FormState {
  readonly text: string;
  readonly file: { readonly name: string; readonly bytes: Uint8Array } | null;
  readonly columns: ListRequest['columns'];
  readonly country: string | null;
  readonly note: string;
  readonly duration: Duration;
  readonly everywhere: boolean;
}

export const emptyForm: FormState = {
  text: '',
  file: null,
  columns: {},
  country: null,
  note: '',
  duration: 'good',
  everywhere: false,
};

/** The server accepts as much in one request: about 700,000 users. */
const fileBytesMax = 14 * 1024 * 1024;

/** A text that is pasted and longer than this, about 2,000 lines, is taken as a file. */
const pastedLengthMin = 30_000;

/** The users to block, the preview of the list, the reason and the duration. */
export function BlockForm({
  form,
  onChange,
  problem,
  onProblem,
  onSubmit,
  onCancel,
}: {
  form: FormState;
  onChange: (changes: Partial<FormState>) => void;
  problem: string | null;
  onProblem: (problem: string) => void;
  onSubmit: (wanted: readonly Wanted[]) => void;
  onCancel: () => void;
}) {
  const { number, numbers } = useNumber();
  const { text, file, columns, country, note, duration, everywhere } = form;
  const field = useRef<HTMLTextAreaElement>(null);
  const request = useMemo(
    () => ({ text, file: file?.bytes ?? null, columns, country, nowMs: serverNow() }),
    [text, file, columns, country],
  );
  const { reading, isReading, hasFailed } = useList(request);
  const { users, details, problems } = reading;
  const wanted = useMemo(
    () => wantedOf({ users, details }, note, duration),
    [users, details, note, duration],
  );

  const fail = (words: string) => {
    onProblem(words);
    field.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReading) return;
    if (hasFailed) return fail(t('block.unreadable'));
    const unread = problems.text ?? problems.file;
    if (unread !== null)
      return fail(unread.kind === 'question' ? t('block.chooseFirst') : t('block.removeFirst'));
    if (users.length === 0) return fail(reading.leftCount > 0 ? t('block.nobody') : t('block.empty'));
    rememberReason(note.trim());
    onSubmit(wantedOf({ users, details }, note, duration));
  };
  const take = (taken: File | null) => {
    if (taken === null) return;
    if (taken.size > fileBytesMax) return fail(t('block.tooLarge'));
    taken.arrayBuffer().then(
      (bytes) =>
        onChange({
          file: { name: taken.name, bytes: new Uint8Array(bytes) },
          columns: withoutFile(columns),
        }),
      (error: unknown) => fail(wordsOf(error)),
    );
  };
  // A field of a hundred thousand lines would make each key wait: such a list becomes a file.
  const paste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData('text/plain');
    if (pasted.length < pastedLengthMin || file !== null) return;
    event.preventDefault();
    take(new File([pasted], t('block.pasted'), { type: 'text/plain' }));
  };
  const drop = (event: DragEvent) => {
    const dropped = event.dataTransfer.files[0];
    if (dropped === undefined) return;
    event.preventDefault();
    take(dropped);
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Textarea
          ref={field}
          data-autofocus
          label={t('block.users')}
          description={t('block.usersHint')}
          required
          rows={file === null ? 5 : 2}
          className={classes['users'] ?? ''}
          value={text}
          onPaste={paste}
          onDrop={drop}
          onDragOver={(event) => event.preventDefault()}
          onChange={({ currentTarget: { value } }) =>
            onChange({ text: value, columns: withoutText(columns) })
          }
          error={problem ?? (hasFailed ? t('block.unreadable') : null)}
        />
        <Group justify="space-between" gap="xs">
          {file === null ? (
            <FileButton accept=".csv,.tsv,.txt,.vcf,text/*" onChange={take}>
              {(props) => (
                <Button {...props} variant="default" size="xs">
                  {t('block.file')}
                </Button>
              )}
            </FileButton>
          ) : (
            <Group gap="xs">
              <Text size="sm" className={classes['bad'] ?? ''}>
                <bdi>{file.name}</bdi>
              </Text>
              <CloseButton
                size="sm"
                aria-label={t('block.removeFile', { name: file.name })}
                onClick={() => onChange({ file: null, columns: withoutFile(columns) })}
              />
            </Group>
          )}
        </Group>
        <Preview
          reading={reading}
          fileName={file?.name ?? null}
          columns={columns}
          onColumns={(chosen) => onChange({ columns: { ...columns, ...chosen } })}
          country={country}
          onCountry={(chosen) => onChange({ country: chosen })}
        />
        <ReasonInput isFirst={false} value={note} onChange={(chosen) => onChange({ note: chosen })} />
        <div className={classes['choices']}>
          <NativeSelect
            label={t('block.duration')}
            value={duration}
            onChange={(event) => onChange({ duration: event.currentTarget.value as Duration })}
            data={choicesOf('block.durations')}
          />
          {numbers.length > 1 && (
            <div>
              <Text size="sm" fw={500} id="block-where">
                {t('block.where')}
              </Text>
              <SegmentedControl
                aria-labelledby="block-where"
                fullWidth
                value={everywhere ? 'all' : 'one'}
                onChange={(value) => onChange({ everywhere: value === 'all' })}
                data={[
                  { value: 'one', label: t('block.here', { name: number.verifiedName }) },
                  { value: 'all', label: t('block.everywhere') },
                ]}
              />
            </div>
          )}
        </div>
        {(details.size > 0 || keepsEnds(wanted)) && (
          <Text size="sm" c="dimmed">
            {details.size > 0 && t('block.ownDetails')}
            {keepsEnds(wanted) && ` ${t('block.keepsEnds')}`}
          </Text>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" disabled={isReading}>
            {everywhere && numbers.length > 1
              ? t('block.submitOn', { count: users.length, numbers: numbers.length })
              : t('block.submit', { count: users.length })}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The terms of each user: from their own row, and from the form where the row has none. */
function wantedOf(
  { users, details }: Pick<ReturnType<typeof useList>['reading'], 'users' | 'details'>,
  note: string,
  duration: Duration,
): readonly Wanted[] {
  const ms = durationsMs[duration];
  const until = ms === null ? null : new Date(serverNow() + ms).toISOString();
  const said = note.trim() === '' ? null : note.trim();
  return users.map((user) => {
    const own = details.get(user);
    return { user, note: own?.note ?? said, until: own?.until ?? until };
  });
}

function withoutFile({ file: _, ...columns }: ListRequest['columns']): ListRequest['columns'] {
  return columns;
}

function withoutText({ text: _, ...columns }: ListRequest['columns']): ListRequest['columns'] {
  return columns;
}
