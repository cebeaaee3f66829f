import {
  ActionIcon,
  Alert,
  Badge,
  Burger,
  type MantineColorScheme,
  Menu,
  NativeSelect,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { lazy, type ReactNode, Suspense, useContext, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useLive } from '../api/events.ts';
import { useReviewCount } from '../api/reviews.ts';
import type { Session } from '../api/server.ts';
import { number as inWords } from '../i18n/format.ts';
import { LanguageSelect } from '../i18n/LanguageSelect.tsx';
import { choicesOf, t } from '../i18n/messages.ts';
import { formatPhone } from '../i18n/phone.ts';
import {
  IconActivity,
  IconBlock,
  IconBook,
  IconHourglass,
  IconInbox,
  IconKey,
  IconNumbers,
  IconOverview,
  IconPhone,
  IconRules,
  IconSearch,
  IconUser,
} from '../ui/icons.tsx';
import { Mark } from '../ui/Mark.tsx';
import { NumberContext } from './number.ts';
import classes from './Shell.module.css';

const Palette = lazy(() => import('./Palette.tsx').then((m) => ({ default: m.Palette })));

interface PageProps {
  readonly href: string;
  readonly label: string;
  readonly icon: ReactNode;
  /** How much waits there. */
  readonly badge: ReactNode;
  readonly onGo: () => void;
}

function Page({ href, label, icon, badge, onGo }: PageProps) {
  const [path] = useLocation();
  const active = isAt(path, href);
  return (
    <Link
      href={href}
      className={classes['link'] ?? ''}
      {...(active && { 'aria-current': 'page' as const })}
      onClick={onGo}
    >
      {icon}
      <span>{label}</span>
      {badge}
    </Link>
  );
}

/** Whether a path is of a page of the menu. A person's page belongs to the one where people are looked for. */
function isAt(path: string, href: string): boolean {
  const page = path.replace(/^\/people\//, '/check/');
  return page === href || page.startsWith(`${href}/`);
}

function Waiting({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <Badge size="sm" variant="light" aria-label={t('review.count', { count })}>
      {inWords(count)}
    </Badge>
  );
}

/** The frame of every page: the number, the pages, the account. */
export function Shell({
  session,
  children,
  onSignOut,
}: {
  session: Session;
  children: ReactNode;
  onSignOut: () => void;
}) {
  const choice = useContext(NumberContext);
  const isLive = useLive(choice?.number.id ?? null);
  const waiting = useReviewCount(choice?.number.id ?? null);
  const [open, setOpen] = useState(false);
  // Without keepTransitions a <style> element would be written for a moment.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const openPalette = () => setPaletteOpen(true);
  useHotkeys([['mod+K', openPalette]], []);
  const close = () => setOpen(false);
  const pages: readonly (readonly [string, string, ReactNode])[] = [
    ...(session.sandbox ? ([['/phone', t('nav.phone'), <IconPhone key="phone" />]] as const) : []),
    ['/overview', t('nav.overview'), <IconOverview key="overview" />],
    ['/blocked', t('nav.blocked'), <IconBlock key="blocked" />],
    ['/standing', t('nav.standing'), <IconHourglass key="standing" />],
    ['/review', t('nav.review'), <IconInbox key="review" />],
    ['/rules', t('nav.rules'), <IconRules key="rules" />],
    ['/check', t('nav.check'), <IconSearch key="check" />],
    ['/activity', t('nav.activity'), <IconActivity key="activity" />],
    ['/numbers', t('nav.numbers'), <IconNumbers key="numbers" />],
    ...(session.key.role === 'admin' ? ([['/keys', t('nav.keys'), <IconKey key="keys" />]] as const) : []),
  ];
  const [path] = useLocation();
  const title = pages.find(([href]) => isAt(path, href))?.[1];
  useEffect(() => {
    document.title = title === undefined ? t('product') : `${title} · ${t('product')}`;
  }, [title]);
  return (
    <div className={classes['shell']}>
      <a href="#content" className={classes['skip']}>
        {t('skip')}
      </a>
      <header className={classes['header']}>
        <Burger
          className={classes['burger'] ?? ''}
          opened={open}
          onClick={() => setOpen(!open)}
          size="sm"
          aria-label={t('nav.open')}
          aria-expanded={open}
        />
        <span className={classes['name']}>
          <Mark />
          <span>{t('product')}</span>
        </span>
        {choice !== null && (
          <NativeSelect
            className={classes['number'] ?? ''}
            aria-label={t('number.label')}
            value={choice.number.id}
            onChange={(event) => choice.choose(event.currentTarget.value)}
            data={choice.numbers.map(({ id, verifiedName, displayPhoneNumber }) => ({
              value: id,
              label: `${verifiedName} (${formatPhone(displayPhoneNumber.replace(/\D/g, ''))})`,
            }))}
          />
        )}
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={t('palette.open')}
          aria-keyshortcuts="Control+K Meta+K"
          onClick={() => openPalette()}
        >
          <IconSearch />
        </ActionIcon>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size="lg" aria-label={t('account.label')}>
              <IconUser />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{t('account.signedInAs', { name: session.key.name })}</Menu.Label>
            <Menu.Item onClick={onSignOut}>{t('account.signOut')}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </header>
      <nav aria-label={t('nav.label')} className={classes['nav']} data-open={open || undefined}>
        {pages.map(([href, label, icon]) => (
          <Page
            key={href}
            href={href}
            label={label}
            icon={icon}
            badge={href === '/review' && <Waiting count={waiting.data ?? 0} />}
            onGo={close}
          />
        ))}
        <a href="/docs" className={classes['link']}>
          <IconBook />
          <span>{t('nav.reference')}</span>
        </a>
        <div className={classes['settings']}>
          <LanguageSelect />
          <NativeSelect
            size="xs"
            aria-label={t('colors.label')}
            value={colorScheme}
            onChange={(event) => setColorScheme(event.currentTarget.value as MantineColorScheme)}
            data={[...choicesOf('colors')].filter(({ value }) => value !== 'label')}
          />
        </div>
      </nav>
      {isPaletteOpen && (
        <Suspense fallback={null}>
          <Palette
            pages={pages.map(([href, label, icon]) => ({ href, label, icon }))}
            onClose={() => setPaletteOpen(false)}
          />
        </Suspense>
      )}
      <main id="content" tabIndex={-1} className={classes['main']}>
        <div role="status">
          {!isLive && (
            <Alert color="yellow" variant="light" mb="sm">
              {t('offline')}
            </Alert>
          )}
        </div>
        <VisuallyHidden aria-live="polite">{title}</VisuallyHidden>
        {children}
      </main>
    </div>
  );
}
