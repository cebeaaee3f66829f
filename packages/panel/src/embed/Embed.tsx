import { Alert, Anchor } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useLive } from '../api/events.ts';
import { useNumbers } from '../api/queries.ts';
import { Refused, resumeFrame, signInByLink, signInFrame, whenSignedOut } from '../api/server.ts';
import { NumberContext } from '../app/number.ts';
import { SignIn } from '../app/SignIn.tsx';
import { languageFor } from '../i18n/languages.ts';
import { showLanguage, t } from '../i18n/messages.ts';
import { Boundary } from '../ui/Boundary.tsx';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import classes from './Embed.module.css';
import { type EmbedAddress, showPerson, showTheme, usePerson } from './embed-address.ts';
import { keepFrameToken, readFrameToken } from './frame-token.ts';
import { type HostMessage, listenToHost } from './host.ts';

const BlockedPage = lazy(() =>
  import('../blocked/BlockedPage.tsx').then((m) => ({ default: m.BlockedPage })),
);
const EmbeddedPerson = lazy(() =>
  import('./EmbeddedPerson.tsx').then((m) => ({ default: m.EmbeddedPerson })),
);

/** One number's blocked users, or one person, in a frame of another page. */
export function Embed(address: EmbedAddress) {
  useEffect(() => listenToHost(obey), []);
  return address.link === '' ? <BySignIn {...address} /> : <ByLink {...address} />;
}

/** Does what the page around the frame asks for. */
function obey(message: HostMessage): void {
  if (message.kind === 'person') showPerson(message.users);
  else if (message.kind === 'list') showPerson(undefined);
  else if (message.kind === 'theme') showTheme(message.theme);
  else {
    const language = languageFor(message.tag);
    // A catalog that cannot be loaded changes nothing: the frame is still of use in the language that it has.
    if (language !== null) showLanguage(language).catch(() => {});
  }
}

/** Signed in by the link that the page was given. */
function ByLink({ number, link }: EmbedAddress) {
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

/** Signed in by a key, where the page around the frame has no server that could make links. */
function BySignIn({ number }: EmbedAddress) {
  const queries = useQueryClient();
  const [token, setToken] = useState(() => {
    const kept = readFrameToken(number);
    if (kept !== null) resumeFrame(kept);
    return kept;
  });
  const [hasExpired, setExpired] = useState(false);
  useEffect(
    () =>
      whenSignedOut(() => {
        keepFrameToken(number, null);
        setExpired(true);
        setToken(null);
      }),
    [number],
  );
  if (token === null)
    return (
      <SignIn
        hasExpired={hasExpired}
        hint={t('embed.signInHint')}
        signIn={(key) => signInFrame(key, number)}
        onDone={(signedIn) => {
          queries.clear();
          keepFrameToken(number, signedIn);
          setExpired(false);
          setToken(signedIn);
        }}
      />
    );
  return <Framed id={number} />;
}

function Framed({ id }: { id: string }) {
  const numbers = useNumbers();
  const isLive = useLive(id);
  const person = usePerson();
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
        <Boundary key={String(person)}>
          <Suspense fallback={<Loading />}>
            {person === undefined ? (
              <BlockedPage />
            ) : (
              <div className={classes['person']}>
                <Anchor component="button" size="sm" onClick={() => showPerson(undefined)}>
                  {t('embed.all')}
                </Anchor>
                {person.length === 0 && <Empty title={t('embed.noPhone')} />}
                {person.map((phone) => (
                  <EmbeddedPerson key={phone} user={phone} />
                ))}
              </div>
            )}
          </Suspense>
        </Boundary>
      </main>
    </NumberContext>
  );
}
