import type { NumberInfo } from '@blockhouse/client';
import { t, textFor } from '../i18n/messages.ts';

/** Something that is wrong with a number, and the person who has to act. */
export interface NumberProblem {
  readonly number: NumberInfo;
  readonly text: string;
  readonly advice: string | null;
}

/** The problems of all numbers, as far as the server has seen them. */
export function problemsOf(numbers: readonly NumberInfo[]): readonly NumberProblem[] {
  return numbers.flatMap((number) => [...metaProblems(number), ...receiverProblems(number)]);
}

function metaProblems(number: NumberInfo): readonly NumberProblem[] {
  if (number.upstream === null) return [];
  const { state, problem, problemKind, advice, lastWebhookAt } = number.upstream.health;
  const name = number.verifiedName;
  const toDo = problemKind === null ? null : (textFor('numbers.advice', problemKind) ?? advice);
  const found: NumberProblem[] = [];
  if (state === 'failing')
    found.push({
      number,
      text: t('overview.metaFails', { number: name, problem: problem ?? '' }),
      advice: toDo,
    });
  if (state === 'limited')
    found.push({ number, text: t('overview.metaLimits', { number: name }), advice: toDo });
  if (lastWebhookAt === null)
    found.push({ number, text: t('overview.metaSilent', { number: name }), advice: null });
  return found;
}

function receiverProblems(number: NumberInfo): readonly NumberProblem[] {
  if (number.webhook?.health.state !== 'failing') return [];
  const problem = number.webhook.health.problem ?? '';
  return [
    {
      number,
      text: t('overview.receiverFails', { number: number.verifiedName, problem }),
      advice: t('numbers.receiver.advice'),
    },
  ];
}
