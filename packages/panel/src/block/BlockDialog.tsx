import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { readAgain } from '../api/changes.ts';
import { wordsOf } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { t } from '../i18n/messages.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { BlockForm, emptyForm } from './BlockForm.tsx';
import { Results } from './Results.tsx';
import { forgetUnfinished, keepUnfinished, readUnfinished } from './unfinished.ts';
import { type Outcomes, type Wanted, Work } from './work.ts';

type Step =
  | { readonly kind: 'form' }
  | { readonly kind: 'working'; readonly done: number; readonly total: number }
  | { readonly kind: 'known'; readonly known: Outcomes };

/** The users to block, the reason and the duration; then the progress and the results. */
export function BlockDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { number, numbers } = useNumber();
  const queries = useQueryClient();
  const [form, setForm] = useState(emptyForm);
  const [problem, setProblem] = useState<string | null>(null);
  const [step, setStep] = useState<Step>({ kind: 'form' });
  const work = useRef<Work | null>(null);
  const stop = useRef<AbortController | null>(null);
  const [unfinished, setUnfinished] = useState<Work | null>(null);
  useEffect(() => {
    // Of another tab, or of this one before it was loaded again.
    if (opened && work.current === null) void readUnfinished().then(setUnfinished);
  }, [opened]);
  const isWorking = step.kind === 'working';
  useEffect(() => {
    if (!isWorking) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isWorking]);

  const run = async (current: Work) => {
    work.current = current;
    stop.current = new AbortController();
    setUnfinished(null);
    setStep({ kind: 'working', done: 0, total: current.wanted.length * current.numbers.length });
    await keepUnfinished(current);
    try {
      const known = await current.run({
        onProgress: ({ done, total }) => setStep({ kind: 'working', done, total }),
        signal: stop.current.signal,
      });
      setStep({ kind: 'known', known });
      if (known.problem === null) await forgetUnfinished();
    } catch (error) {
      setProblem(wordsOf(error));
      setStep({ kind: 'form' });
      // The server has refused it as a whole: there is nothing to continue.
      await forgetUnfinished();
    }
    void readAgain(queries);
  };
  const start = (wanted: readonly Wanted[]) => {
    setProblem(null);
    void run(Work.block(wanted, form.everywhere ? numbers.map(({ id }) => id) : [number.id]));
  };
  const reset = () => {
    setForm(emptyForm);
    setProblem(null);
    setStep({ kind: 'form' });
    work.current = null;
    void forgetUnfinished();
  };
  const close = () => {
    onClose();
    // Interrupted work can still be resumed.
    if (step.kind === 'known' && step.known.problem === null) reset();
  };

  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('block.title')}
      size="lg"
      closeOnClickOutside={step.kind === 'form'}
      closeOnEscape={step.kind !== 'working'}
      withCloseButton={step.kind !== 'working'}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {step.kind === 'form' && unfinished !== null && (
        <Unfinished
          work={unfinished}
          onContinue={() => void run(unfinished)}
          onForget={() => {
            setUnfinished(null);
            void forgetUnfinished();
          }}
        />
      )}
      {step.kind === 'form' && (
        <BlockForm
          form={form}
          onChange={(changes) => {
            setForm((before) => ({ ...before, ...changes }));
            setProblem(null);
          }}
          problem={problem}
          onProblem={setProblem}
          onSubmit={start}
          onCancel={close}
        />
      )}
      {step.kind === 'working' && (
        <Working {...step} work={work.current} onStop={() => stop.current?.abort()} />
      )}
      {step.kind === 'known' && work.current !== null && (
        <Results
          known={step.known}
          work={work.current}
          onResume={() => work.current !== null && void run(work.current)}
          onAgain={reset}
          onDone={close}
        />
      )}
    </Modal>
  );
}

/** Blocking that was begun and not ended, in another tab or before this one was closed. */
function Unfinished({
  work,
  onContinue,
  onForget,
}: {
  work: Work;
  onContinue: () => void;
  onForget: () => void;
}) {
  return (
    <Alert color="yellow" title={t('block.unfinished')} mb="md">
      <Text size="sm" mb="xs">
        {t('block.unfinishedHint', { count: work.wanted.length })}
      </Text>
      <Group gap="xs">
        <Button size="xs" onClick={onContinue}>
          {t('block.resume')}
        </Button>
        <Button size="xs" variant="default" onClick={onForget}>
          {t('block.forget')}
        </Button>
      </Group>
    </Alert>
  );
}

function Working({
  done,
  total,
  work,
  onStop,
}: {
  done: number;
  total: number;
  work: Work | null;
  onStop: () => void;
}) {
  const users = work?.wanted.length ?? 0;
  const numbers = work?.numbers.length ?? 1;
  return (
    <Stack gap="xs">
      <ProgressBar steps={{ done, total }} onStop={onStop} />
      {numbers > 1 && <Text>{t('block.workingOn', { count: users, numbers })}</Text>}
    </Stack>
  );
}
