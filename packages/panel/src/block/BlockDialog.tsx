import { decodeFile, explainList } from '@blockhouse/user-lists';
import {
  Alert,
  Button,
  FileButton,
  Group,
  Modal,
  NativeSelect,
  Progress,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
} from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type DragEvent, type FormEvent, useEffect, useMemo, useRef, useState } from 'react';
import { readAgain } from '../api/changes.ts';
import { serverNow } from '../api/clock.ts';
import { wordsOf } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { number as inWords } from '../format.ts';
import { t } from '../messages.ts';
import classes from './BlockDialog.module.css';
import { readEntries } from './entries.ts';
import { Results } from './Results.tsx';
import { BulkWork, type Known } from './work.ts';

type Step =
  | { readonly kind: 'form' }
  | { readonly kind: 'working'; readonly done: number; readonly total: number }
  | { readonly kind: 'known'; readonly known: Known };

const durationsMs = {
  good: null,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
} as const;
type Duration = keyof typeof durationsMs;

/** The server takes as much at once: about 700,000 users. */
const fileBytesMax = 14 * 1024 * 1024;

/** Whom to block, why and for how long; then how far it is, and what became of everybody. */
export function BlockDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { number, numbers } = useNumber();
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const [duration, setDuration] = useState<Duration>('good');
  const [everywhere, setEverywhere] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [step, setStep] = useState<Step>({ kind: 'form' });
  const work = useRef<BulkWork | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [column, setColumn] = useState<number | undefined>();
  const reading = useMemo(() => readEntries(text, { column }), [text, column]);
  const unread = 'kind' in reading ? reading : null;
  const entries = 'kind' in reading ? [] : reading;
  const users = useMemo(
    () =>
      entries.filter(({ isDuplicate }) => !isDuplicate).flatMap(({ user }) => (user === null ? [] : [user])),
    [entries],
  );
  const bad = entries.filter(({ user }) => user === null);
  const duplicates = entries.filter(({ isDuplicate }) => isDuplicate).length;
  const isWorking = step.kind === 'working';
  useEffect(() => {
    if (!isWorking) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isWorking]);

  const run = async () => {
    if (work.current === null) return;
    setStep({ kind: 'working', done: 0, total: users.length * (everywhere ? numbers.length : 1) });
    try {
      const known = await work.current.run(({ done, total }) => setStep({ kind: 'working', done, total }));
      setStep({ kind: 'known', known });
    } catch (error) {
      setProblem(wordsOf(error));
      setStep({ kind: 'form' });
    }
    void readAgain(queries);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (users.length === 0) {
      setProblem(unread === null ? t.block.empty : explainList(unread));
      field.current?.focus();
      return;
    }
    setProblem(null);
    const ms = durationsMs[duration];
    work.current = new BulkWork('block', {
      users,
      numbers: everywhere ? numbers.map(({ id }) => id) : [number.id],
      ...(note.trim() !== '' && { note: note.trim() }),
      ...(ms !== null && { until: new Date(serverNow() + ms).toISOString() }),
    });
    void run();
  };
  const change = (content: string) => {
    setText(content);
    setColumn(undefined);
    setProblem(null);
  };
  const reset = () => {
    change('');
    setNote('');
    setDuration('good');
    setEverywhere(false);
    setStep({ kind: 'form' });
  };
  const close = () => {
    onClose();
    // What was interrupted can still be gone on with.
    if (step.kind === 'known' && step.known.problem === null) reset();
  };
  const take = (file: File | null) => {
    if (file === null) return;
    if (file.size > fileBytesMax) return setProblem(t.block.tooLarge);
    file.arrayBuffer().then(
      (bytes) => {
        const decoded = decodeFile(new Uint8Array(bytes));
        if ('file' in decoded) return setProblem(explainList({ kind: 'file', file: decoded.file }));
        change(text === '' ? decoded.text : `${text}\n${decoded.text}`);
      },
      (error: unknown) => setProblem(wordsOf(error)),
    );
  };
  const drop = (event: DragEvent) => {
    const file = event.dataTransfer.files[0];
    if (file === undefined) return;
    event.preventDefault();
    take(file);
  };

  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t.block.title}
      size="lg"
      closeOnClickOutside={step.kind === 'form'}
      closeOnEscape={step.kind !== 'working'}
      withCloseButton={step.kind !== 'working'}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      {step.kind === 'form' && (
        <form onSubmit={submit} noValidate>
          <Stack>
            <Textarea
              ref={field}
              data-autofocus
              label={t.block.users}
              description={t.block.usersHint}
              required
              rows={5}
              className={classes['users'] ?? ''}
              value={text}
              onDrop={drop}
              onDragOver={(event) => event.preventDefault()}
              onChange={(event) => change(event.currentTarget.value)}
              error={problem}
            />
            <Group justify="space-between" gap="xs">
              <div role="status">
                <Text size="sm">
                  {[
                    entries.length > 0 && t.block.entries.good(users.length, inWords(users.length)),
                    duplicates > 0 && t.block.entries.duplicate(duplicates, inWords(duplicates)),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
              </div>
              <FileButton accept=".csv,.txt,text/csv,text/plain" onChange={take}>
                {(props) => (
                  <Button {...props} variant="default" size="xs">
                    {t.block.file}
                  </Button>
                )}
              </FileButton>
            </Group>
            {unread !== null && problem === null && (
              <Alert color="yellow" variant="light">
                <Stack gap="xs" align="flex-start">
                  <Text size="sm">{explainList(unread)}</Text>
                  {unread.kind === 'question' && (
                    <Group gap="xs">
                      {unread.columns.map(({ place, name, samples }) => (
                        <Button key={place} variant="default" size="xs" onClick={() => setColumn(place)}>
                          {name || samples[0] || place}
                        </Button>
                      ))}
                    </Group>
                  )}
                </Stack>
              </Alert>
            )}
            {bad.length > 0 && (
              <Alert
                color="yellow"
                variant="light"
                title={t.block.entries.bad(bad.length, inWords(bad.length))}
              >
                <Stack gap="xs" align="flex-start">
                  <Text size="sm" className={classes['bad'] ?? ''}>
                    {bad.slice(0, 5).map(({ text: written, problem: why }, index) => (
                      <span key={index}>
                        <bdi>{written}</bdi>: {why}
                        <br />
                      </span>
                    ))}
                    {bad.length > 5 && ` ${t.block.more(inWords(bad.length - 5))}`}
                  </Text>
                  <Button variant="default" size="xs" onClick={() => change(users.join('\n'))}>
                    {t.block.removeBad}
                  </Button>
                </Stack>
              </Alert>
            )}
            <Textarea
              label={t.block.note}
              description={t.block.noteHint}
              rows={2}
              maxLength={1000}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <div className={classes['choices']}>
              <NativeSelect
                label={t.block.duration}
                value={duration}
                onChange={(event) => setDuration(event.currentTarget.value as Duration)}
                data={Object.entries(t.block.durations).map(([value, label]) => ({ value, label }))}
              />
              {numbers.length > 1 && (
                <div>
                  <Text size="sm" fw={500} id="block-where">
                    {t.block.where}
                  </Text>
                  <SegmentedControl
                    aria-labelledby="block-where"
                    fullWidth
                    value={everywhere ? 'all' : 'one'}
                    onChange={(value) => setEverywhere(value === 'all')}
                    data={[
                      { value: 'one', label: t.block.here(number.verifiedName) },
                      { value: 'all', label: t.block.everywhere },
                    ]}
                  />
                </div>
              )}
            </div>
            <Group justify="end">
              <Button variant="default" onClick={close}>
                {t.common.cancel}
              </Button>
              <Button type="submit">
                {everywhere && numbers.length > 1
                  ? t.block.submitOn(users.length, inWords(users.length), inWords(numbers.length))
                  : t.block.submit(users.length, inWords(users.length))}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      {step.kind === 'working' && (
        <Stack>
          <Progress
            value={(100 * step.done) / Math.max(1, step.total)}
            animated
            aria-label={t.block.progress}
            size="lg"
          />
          <Text role="status">
            {t.block.working(inWords(step.done), inWords(step.total))}
            {step.total > users.length &&
              ` ${t.block.workingOn(users.length, inWords(users.length), inWords(numbers.length))}`}
          </Text>
        </Stack>
      )}
      {step.kind === 'known' && work.current !== null && (
        <Results
          known={step.known}
          request={work.current.request}
          onResume={() => void run()}
          onAgain={reset}
          onDone={close}
        />
      )}
    </Modal>
  );
}
