import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { Link, Redirect, Route, Router, Switch, useLocation, useSearch } from 'wouter';
import { useNumbers } from '../api/queries.ts';
import { readSession, type Session, signIn, signOut, whenSignedOut } from '../api/server.ts';
import { Embed } from '../embed/Embed.tsx';
import type { EmbedAddress } from '../embed/embed-address.ts';
import { loadRareTexts, t } from '../i18n/messages.ts';
import { Boundary } from '../ui/Boundary.tsx';
import { notifyFailure } from '../ui/notify.ts';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import { rememberedNumber, rememberNumber } from './last-number.ts';
import { NumberContext } from './number.ts';
import { Shell } from './Shell.tsx';
import { SignIn } from './SignIn.tsx';
import { SessionContext } from './session.ts';

/** A page whose texts are loaded with it. */
async function withRareTexts<Page>(page: Promise<Page>): Promise<Page> {
  const [loaded] = await Promise.all([page, loadRareTexts()]);
  return loaded;
}

const OverviewPage = lazy(() =>
  import('../overview/OverviewPage.tsx').then((m) => ({ default: m.OverviewPage })),
);
const BlockedPage = lazy(() =>
  import('../blocked/BlockedPage.tsx').then((m) => ({ default: m.BlockedPage })),
);
const StandingPage = lazy(() =>
  import('../standing/StandingPage.tsx').then((m) => ({ default: m.StandingPage })),
);
const RulesPage = lazy(() =>
  withRareTexts(import('../rules/RulesPage.tsx')).then((m) => ({ default: m.RulesPage })),
);
const NewRulePage = lazy(() =>
  withRareTexts(import('../rules/RulePage.tsx')).then((m) => ({ default: m.NewRulePage })),
);
const EditRulePage = lazy(() =>
  withRareTexts(import('../rules/RulePage.tsx')).then((m) => ({ default: m.EditRulePage })),
);
const ReviewPage = lazy(() => import('../review/ReviewPage.tsx').then((m) => ({ default: m.ReviewPage })));
const ActivityPage = lazy(() =>
  import('../activity/ActivityPage.tsx').then((m) => ({ default: m.ActivityPage })),
);
const CheckPage = lazy(() => import('../person/PersonPage.tsx').then((m) => ({ default: m.CheckPage })));
const PersonPage = lazy(() => import('../person/PersonPage.tsx').then((m) => ({ default: m.PersonPage })));
const NumbersPage = lazy(() =>
  import('../numbers/NumbersPage.tsx').then((m) => ({ default: m.NumbersPage })),
);
const NewNumberPage = lazy(() =>
  withRareTexts(import('../numbers/NewNumberPage.tsx')).then((m) => ({ default: m.NewNumberPage })),
);
const NumberSettingsPage = lazy(() =>
  withRareTexts(import('../numbers/NumberSettingsPage.tsx')).then((m) => ({ default: m.NumberSettingsPage })),
);
const KeysPage = lazy(() =>
  withRareTexts(import('../keys/KeysPage.tsx')).then((m) => ({ default: m.KeysPage })),
);
const PhonePage = lazy(() => import('../phone/PhonePage.tsx').then((m) => ({ default: m.PhonePage })));

export function App({ embedded }: { embedded: EmbedAddress | null }) {
  if (embedded !== null) return <Embed {...embedded} />;
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
        hint={t('signIn.hint')}
        signIn={signIn}
      />
    );
  }
  const leave = () => {
    signOut().then(
      () => {
        // The next person at this machine has nothing to do with it.
        void import('../block/unfinished.ts').then((m) => m.forgetUnfinished());
        queries.clear();
        setExpired(false);
        setSession(null);
      },
      // A person who leaves a shared machine must know that the session is still open.
      (error: unknown) => notifyFailure(error),
    );
  };
  return (
    <SessionContext value={session}>
      <Pages session={session} onSignOut={leave} />
    </SessionContext>
  );
}

/** The numbers that the key opens. The one that is shown is in the address: /panel/{phone_number_id}/{page}. */
function Pages({ session, onSignOut }: { session: Session; onSignOut: () => void }) {
  const numbers = useNumbers();
  const isAdmin = session.key.role === 'admin';
  const [path, go] = useLocation();
  const search = useSearch();
  const [, id, page = ''] = /^\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const number = numbers.data?.find((one) => one.id === id);
  useEffect(() => {
    if (number !== undefined) rememberNumber(number.id);
  }, [number]);
  if (numbers.isPending) return <Loading />;
  if (numbers.data === undefined)
    return <Problem error={numbers.error} onRetry={() => void numbers.refetch()} />;
  const [first] = numbers.data;
  if (first === undefined) {
    return (
      <Shell session={session} onSignOut={onSignOut}>
        {isAdmin ? (
          <Suspense fallback={<Loading />}>
            <NewNumberPage hasOthers={false} />
          </Suspense>
        ) : (
          <Empty title={t('number.none')} hint={t('number.noneHint')} />
        )}
      </Shell>
    );
  }
  if (id === undefined) {
    const usual = numbers.data.find((one) => one.id === rememberedNumber()) ?? first;
    return <Redirect to={`/${usual.id}${path}${search === '' ? '' : `?${search}`}`} replace />;
  }
  // Another number in its place would be taken for the one that was asked for.
  if (number === undefined) {
    return (
      <Shell session={session} onSignOut={onSignOut}>
        <Empty title={t('number.unknown', { id })} hint={t('number.unknownHint')}>
          <Button component={Link} href="/numbers" variant="default">
            {t('number.choose')}
          </Button>
        </Empty>
      </Shell>
    );
  }
  const choose = (chosen: string, at = page) => go(`/${chosen}${at}`);
  return (
    <NumberContext value={{ number, numbers: numbers.data, choose }}>
      <Router base={`/${number.id}`}>
        <Shell session={session} onSignOut={onSignOut}>
          <Boundary key={page}>
            <Suspense fallback={<Loading />}>
              <Switch key={number.id}>
                <Route path="/overview" component={OverviewPage} />
                <Route path="/blocked" component={BlockedPage} />
                <Route path="/standing" component={StandingPage} />
                <Route path="/rules" component={RulesPage} />
                <Route path="/rules/new" component={NewRulePage} />
                <Route path="/rules/:id" component={EditRulePage} />
                <Route path="/review" component={ReviewPage} />
                <Route path="/activity" component={ActivityPage} />
                <Route path="/check" component={CheckPage} />
                <Route path="/people/:user" component={PersonPage} />
                <Route path="/numbers" component={NumbersPage} />
                {isAdmin && <Route path="/numbers/new">{() => <NewNumberPage />}</Route>}
                {isAdmin && <Route path="/numbers/:id/settings" component={NumberSettingsPage} />}
                {isAdmin && <Route path="/keys" component={KeysPage} />}
                {session.sandbox && <Route path="/phone" component={PhonePage} />}
                <Route>
                  <Redirect to={session.sandbox ? '/phone' : '/overview'} replace />
                </Route>
              </Switch>
            </Suspense>
          </Boundary>
        </Shell>
      </Router>
    </NumberContext>
  );
}
