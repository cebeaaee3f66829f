import { useDebouncedCallback } from '@mantine/hooks';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';

/** How the browser's history takes a change: `push` is a step of its own for the back button. */
export type Step = 'push' | 'replace';

/** Parts of a page's state by their names; an empty text removes one from the address. */
type Changes = Readonly<Record<string, string>>;

/** Changes the state that is in the address, several parts in one step if need be. */
export function changeAddress(changes: Changes, step: Step = 'replace'): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') query.delete(name);
    else query.set(name, value);
  }
  const search = query.toString();
  // A step that leads nowhere would make the back button do nothing.
  if (search === new URLSearchParams(location.search).toString()) return;
  navigate(`${location.pathname}${search === '' ? '' : `?${search}`}`, { replace: step === 'replace' });
}

/**
 * A part of a page's state that is in its address, so that a reload, the back button, and a shared link show the same.
 * @returns the value, empty where the address does not have it, and a function that changes it.
 */
export function useInAddress(name: string, step: Step = 'replace'): [string, (value: string) => void] {
  const value = new URLSearchParams(useSearch()).get(name) ?? '';
  const change = useCallback((next: string) => changeAddress({ [name]: next }, step), [name, step]);
  return [value, change];
}

/** Browsers refuse more than about three changes of the address a second. */
const settleMs = 300;

/** A text that is typed: the field has it immediately, the address has it when the person pauses. */
export function useTypedInAddress(name: string): {
  readonly text: string;
  /** The text of the address, without spaces at its ends: what the page shows. */
  readonly settled: string;
  readonly type: (text: string) => void;
} {
  const [settled, settle] = useInAddress(name);
  const [text, setText] = useState(settled);
  const written = useRef(settled);
  const write = useDebouncedCallback((typed: string) => {
    written.current = typed;
    settle(typed);
  }, settleMs);
  useEffect(() => {
    // The back button has changed the address, and not this field.
    if (settled === written.current) return;
    written.current = settled;
    setText(settled);
  }, [settled]);
  return {
    text,
    settled,
    type: (typed) => {
      setText(typed);
      write(typed.trim());
    },
  };
}
