import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useCallback, useRef, useState } from 'react';
import { t } from '../i18n/messages.ts';

/** How far a long piece of work is. */
export interface Steps {
  readonly done: number;
  readonly total: number;
}

/** A long piece of work: how far it is, and the button that stops it. */
export function ProgressBar({ steps, onStop }: { steps: Steps; onStop: () => void }) {
  return (
    <Stack>
      <Progress
        value={(100 * steps.done) / Math.max(1, steps.total)}
        animated
        aria-label={t('block.progress')}
        size="lg"
      />
      <Group justify="space-between">
        <Text role="status">{t('block.working', { ...steps })}</Text>
        <Button variant="default" data-autofocus onClick={onStop}>
          {t('block.stop')}
        </Button>
      </Group>
    </Stack>
  );
}

/** Long work with its progress; `stop` ends it after the step that it is at. */
export function useSteps() {
  const [steps, setSteps] = useState<Steps | null>(null);
  const controller = useRef<AbortController | null>(null);
  const run = useCallback(
    async <Result,>(
      total: number,
      work: (options: { signal: AbortSignal; onProgress: (steps: Steps) => void }) => Promise<Result>,
    ): Promise<Result> => {
      const current = new AbortController();
      controller.current = current;
      setSteps({ done: 0, total });
      try {
        return await work({ signal: current.signal, onProgress: setSteps });
      } finally {
        setSteps(null);
      }
    },
    [],
  );
  const stop = useCallback(() => controller.current?.abort(), []);
  return { steps, run, stop };
}
