import { useEffect, useRef, useState } from 'react';
import { type ListReading, type ListRequest, nothingRead } from './read-list.ts';

interface Answer {
  readonly request: ListRequest;
  /** Null: the worker has failed. */
  readonly reading: ListReading | null;
}

/**
 * Reads a list in a worker while it is typed.
 * @param request the same object as long as nothing has changed in it.
 * @returns the list as far as it was understood, and whether it belongs to this request yet; `hasFailed`: the page's reader does not work.
 */
export function useList(request: ListRequest): {
  readonly reading: ListReading;
  readonly isReading: boolean;
  readonly hasFailed: boolean;
} {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const reader = useRef<ListReader | null>(null);
  useEffect(() => {
    const opened = new ListReader(setAnswer);
    reader.current = opened;
    return () => opened.close();
  }, []);
  const isEmpty = request.text.trim() === '' && request.file === null;
  useEffect(() => {
    if (!isEmpty) reader.current?.read(request);
  }, [request, isEmpty]);
  if (isEmpty) return { reading: nothingRead, isReading: false, hasFailed: false };
  const isReading = answer?.request !== request;
  return {
    reading: answer?.reading ?? nothingRead,
    isReading,
    hasFailed: !isReading && answer.reading === null,
  };
}

/** One list is read at a time; of those that are asked for meanwhile, the last is read next. */
class ListReader {
  /** Null: there is none yet, or it has failed and is made again. */
  #worker: Worker | null = null;
  readonly #onAnswer: (answer: Answer) => void;
  #current: ListRequest | null = null;
  #next: ListRequest | null = null;

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer;
  }

  read(request: ListRequest): void {
    if (this.#current !== null) {
      this.#next = request;
      return;
    }
    this.#current = request;
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  close(): void {
    this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./read-list.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<ListReading>) => this.#answer(data);
    worker.onerror = () => {
      worker.terminate();
      this.#worker = null;
      this.#answer(null);
    };
    return worker;
  }

  #answer(reading: ListReading | null): void {
    const request = this.#current;
    const next = this.#next;
    this.#current = null;
    this.#next = null;
    if (request !== null) this.#onAnswer({ request, reading });
    if (next !== null) this.read(next);
  }
}
