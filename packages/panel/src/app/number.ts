import type { NumberInfo } from '@blockhouse/client';
import { createContext, useContext } from 'react';

/** The number that is shown, and the others. */
export interface NumberChoice {
  readonly number: NumberInfo;
  readonly numbers: readonly NumberInfo[];
  /** Shows another number: the same page of it, or the one that is named, such as `/blocked`. */
  readonly choose: (id: string, page?: string) => void;
}

export const NumberContext = createContext<NumberChoice | null>(null);

export function useNumber(): NumberChoice {
  const choice = useContext(NumberContext);
  if (choice === null) throw new Error('there is no number here');
  return choice;
}
