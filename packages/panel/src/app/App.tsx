import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { useNumbers } from '../api/queries.ts';
import { readSession, type Session, signOut, whenSignedOut } from '../api/server.ts';
import { t } from '../messages.ts';
import { Boundary } from '../ui/Boundary.tsx';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import { tellFailure } from '../ui/tell.ts';
import { Embed } from './Embed.tsx';
import { NumberContext } from './number.ts';
import { Shell } from './Shell.tsx';
import { SignIn } from './SignIn.tsx';

const BlockedPage = lazy(() =>
  import('../blocked/BlockedPage.tsx').then((m) => ({ default: m.BlockedPage })),
);
const StandingPage = lazy(() =>
  import('../standing/StandingPage.tsx').then((m) => ({ default: m.StandingPage })),
);
const ActivityPage = lazy(() =>
  import('../activity/ActivityPage.tsx').then((m) => ({ default: m.ActivityPage })),
);
const CheckPage = lazy(() => import('../check/CheckPage.tsx').then((m) => ({ default: m.CheckPage })));
const NumbersPage = lazy(() =>
  import('../numbers/NumbersPage.tsx').then((m) => ({ default: m.NumbersPage })),
);
const PhonePage = lazy(() => import('../phone/PhonePage.tsx').then((m) => ({ default: m.PhonePage })));

export function App() {
  const embedded = /^\/embed\/(\d+)/.exec(location.pathname)?.[1];
  if (embedded !== undefined) return <Embed number={embedded} />;
  return (
    <Router base="/panel">
      <Panel />
    </Router>
  );
}

function Panel() {
  const queries = useQueryClient();
  const [session, setSession] = useState<Session | null | 'asking' | 'failed'>('asking');
  const [hasExpired, setExpired] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  const ask = useCallback(() => {
    setSession('asking');
    readSession().then(setSession, (error: unknown) => {
      setFailure(error);
      setSession('failed');
    });
  }, []);
  useEffect(ask, [ask]);
  useEffect(
    () =>
      whenSignedOut(() => {
        setExpired(true);
        setSession(null);
      }),
    [],
  );

  if (session === 'asking') return <Loading />;
  if (session === 'failed') return <Problem error={failure} onRetry={ask} />;
  if (session === null) {
    return (
      <SignIn
        hasExpired={hasExpired}
        onDone={(signedIn) => {
          queries.clear();
          setExpired(false);
          setSession(signedIn);
        }}
      />
    );
  }
  const leave = () => {
    signOut().then(
      () => {
        queries.clear();
        setExpired(false);
        setSession(null);
      },
      // Whoever leaves a shared machine must know that the session is still open.
      (error: unknown) => tellFailure(error),
    );
  };
  return <Pages session={session} onSignOut={leave} />;
}

const lastNumber = 'blockhouse-number';

/** The number that was shown last. A browser may keep nothing. */
function remembered(): string | null {
  try {
    return localStorage.getItem(lastNumber);
  } catch {
    return null;
  }
}

function remember(id: string): void {
  try {
    localStorage.setItem(lastNumber, id);
  } catch {
    // Then it is chosen anew next time.
  }
}

function Pages({ session, onSignOut }: { session: Session; onSignOut: () => void }) {
  const numbers = useNumbers();
  const [chosen, setChosen] = useState(remembered);
  const choose = useCallback((id: string) => {
    remember(id);
    setChosen(id);
  }, []);
  if (numbers.isPending) return <Loading />;
  if (numbers.data === undefined)
    return <Problem error={numbers.error} onRetry={() => void numbers.refetch()} />;
  const number = numbers.data.find(({ id }) => id === chosen) ?? numbers.data[0];
  return (
    <NumberContext value={number === undefined ? null : { number, numbers: numbers.data, choose }}>
      <Shell session={session} onSignOut={onSignOut}>
        <Boundary>
          <Suspense fallback={<Loading />}>
            {number === undefined ? (
              <Empty title={t.number.none} hint={t.number.noneHint} />
            ) : (
              <Switch key={number.id}>
                <Route path="/blocked" component={BlockedPage} />
                <Route path="/standing" component={StandingPage} />
                <Route path="/activity" component={ActivityPage} />
                <Route path="/check" component={CheckPage} />
                <Route path="/numbers" component={NumbersPage} />
                {session.sandbox && <Route path="/phone" component={PhonePage} />}
                <Route>
                  <Redirect to={session.sandbox ? '/phone' : '/blocked'} replace />
                </Route>
              </Switch>
            )}
          </Suspense>
        </Boundary>
      </Shell>
    </NumberContext>
  );
}
