import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useLive } from '../api/events.ts';
import { useNumbers } from '../api/queries.ts';
import { Refused, signInByLink, whenSignedOut } from '../api/server.ts';
import { t } from '../i18n/messages.ts';
import { Boundary } from '../ui/Boundary.tsx';
import { Loading, Problem } from '../ui/Problem.tsx';
import classes from './Embed.module.css';
import { NumberContext } from './number.ts';

const BlockedPage = lazy(() =>
  import('../blocked/BlockedPage.tsx').then((m) => ({ default: m.BlockedPage })),
);

/** Which number is embedded, and the signed text that signs in to it. */
export interface EmbedAddress {
  readonly number: string;
  readonly link: string;
}

/**
 * Reads the address of an embedded panel and takes the signed text out of it immediately: it stays only in the page's
 * memory.
 * @returns null when the page is no embedded panel.
 */
export function takeEmbedAddress(): EmbedAddress | null {
  const number = /^\/embed\/(\d+)/.exec(location.pathname)?.[1];
  if (number === undefined) return null;
  const link = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  return { number, link };
}

/** One number's blocked users, in a frame of another page: signed in by the link that the page was given. */
export function Embed({ number, link }: EmbedAddress) {
  const [isOver, setOver] = useState(false);
  useEffect(() => whenSignedOut(() => setOver(true)), []);
  const session = useQuery({
    queryKey: ['embed session'],
    queryFn: () => signInByLink(link),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  // Only the server knows that a link has expired: a failure on the way to it says nothing about the link.
  if (isOver || (session.error instanceof Refused && session.error.status === 401)) {
    return (
      <Alert color="red" role="alert" m="md">
        {t('signIn.linkOver')}
      </Alert>
    );
  }
  if (session.isError) return <Problem error={session.error} onRetry={() => void session.refetch()} />;
  if (session.isPending) return <Loading />;
  return <Framed id={number} />;
}

function Framed({ id }: { id: string }) {
  const numbers = useNumbers();
  const isLive = useLive(id);
  const number = numbers.data?.find((one) => one.id === id);
  if (numbers.isPending) return <Loading />;
  if (number === undefined)
    return (
      <Problem error={numbers.error ?? new Error(t('number.none'))} onRetry={() => void numbers.refetch()} />
    );
  return (
    <NumberContext value={{ number, numbers: [number], choose: () => {} }}>
      <main className={classes['frame']}>
        <div role="status">{!isLive && <Alert color="yellow">{t('offline')}</Alert>}</div>
        <Boundary>
          <Suspense fallback={<Loading />}>
            <BlockedPage />
          </Suspense>
        </Boundary>
      </main>
    </NumberContext>
  );
}
