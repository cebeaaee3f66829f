import { Alert } from '@mantine/core';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useLive } from '../api/events.ts';
import { useNumbers } from '../api/queries.ts';
import { signInByLink, whenSignedOut } from '../api/server.ts';
import { t } from '../messages.ts';
import { Boundary } from '../ui/Boundary.tsx';
import { Loading, Problem } from '../ui/Problem.tsx';
import classes from './Embed.module.css';
import { NumberContext } from './number.ts';

const BlockedPage = lazy(() =>
  import('../blocked/BlockedPage.tsx').then((m) => ({ default: m.BlockedPage })),
);

/** One number's blocked users, in a frame of another page: signed in by the link that the page was given. */
export function Embed({ number }: { number: string }) {
  const [state, setState] = useState<'asking' | 'in' | 'over'>('asking');
  useEffect(() => {
    whenSignedOut(() => setState('over'));
    const link = location.hash.slice(1);
    // What signs in stays no longer in the address than it must.
    history.replaceState(null, '', location.pathname);
    signInByLink(link).then(
      () => setState('in'),
      () => setState('over'),
    );
  }, []);
  if (state === 'asking') return <Loading />;
  if (state === 'over') {
    return (
      <Alert color="red" role="alert" m="md">
        {t.signIn.linkOver}
      </Alert>
    );
  }
  return <Framed id={number} />;
}

function Framed({ id }: { id: string }) {
  const numbers = useNumbers();
  const isLive = useLive(id);
  const number = numbers.data?.find((one) => one.id === id);
  if (numbers.isPending) return <Loading />;
  if (number === undefined)
    return (
      <Problem error={numbers.error ?? new Error(t.number.none)} onRetry={() => void numbers.refetch()} />
    );
  return (
    <NumberContext value={{ number, numbers: [number], choose: () => {} }}>
      <main className={classes['frame']}>
        <div role="status">{!isLive && <Alert color="yellow">{t.offline}</Alert>}</div>
        <Boundary>
          <Suspense fallback={<Loading />}>
            <BlockedPage />
          </Suspense>
        </Boundary>
      </main>
    </NumberContext>
  );
}
