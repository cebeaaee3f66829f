import { Modal, Progress, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { readAgain } from '../api/changes.ts';
import { wordsOf } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { t } from '../i18n/messages.ts';
import { BlockForm, emptyForm } from './BlockForm.tsx';
import { Results } from './Results.tsx';
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
  const isWorking = step.kind === 'working';
  useEffect(() => {
    if (!isWorking) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isWorking]);

  const run = async (current: Work) => {
    setStep({ kind: 'working', done: 0, total: current.wanted.length * current.numbers.length });
    try {
      const known = await current.run(({ done, total }) => setStep({ kind: 'working', done, total }));
      setStep({ kind: 'known', known });
    } catch (error) {
      setProblem(wordsOf(error));
      setStep({ kind: 'form' });
    }
    void readAgain(queries);
  };
  const start = (wanted: readonly Wanted[]) => {
    setProblem(null);
    const ids = form.everywhere ? numbers.map(({ id }) => id) : [number.id];
    work.current = Work.block(wanted, ids);
    void run(work.current);
  };
  const reset = () => {
    setForm(emptyForm);
    setProblem(null);
    setStep({ kind: 'form' });
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
      {step.kind === 'working' && <Working {...step} work={work.current} />}
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

function Working({ done, total, work }: { done: number; total: number; work: Work | null }) {
  const users = work?.wanted.length ?? 0;
  const numbers = work?.numbers.length ?? 1;
  return (
    <Stack>
      <Progress
        value={(100 * done) / Math.max(1, total)}
        animated
        aria-label={t('block.progress')}
        size="lg"
      />
      <Text role="status">
        {t('block.working', { done, total })}
        {numbers > 1 && ` ${t('block.workingOn', { count: users, numbers })}`}
      </Text>
    </Stack>
  );
}
