import '@mantine/spotlight/styles.css';
import type { BlockDetails } from '@blockhouse/client';
import { VisuallyHidden } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useContext, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { blockhouse } from '../api/server.ts';
import { nameOf, userKey, userName } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { personPath } from '../person/PersonLink.tsx';
import { NumberContext } from './number.ts';

/** A page of the menu. */
export interface PageEntry {
  readonly href: string;
  readonly label: string;
  readonly icon: ReactNode;
}

const [store, palette] = createSpotlight();

/** People that are shown of a search. */
const peopleMax = 6;

/** A command palette: pages, numbers, blocked people, and a phone that is typed. @param props.onClose it is closed again. */
export function Palette({ pages, onClose }: { pages: readonly PageEntry[]; onClose: () => void }) {
  const [query, setQuery] = useState('');
  const [, go] = useLocation();
  const choice = useContext(NumberContext);
  const people = usePeople(choice?.number.id ?? null, query);
  // It is loaded when somebody opens it for the first time.
  useEffect(() => palette.open(), []);
  const wanted = query.trim().toLowerCase();
  const fits = (text: string) => text.toLowerCase().includes(wanted);
  const foundPages = pages.filter(({ label }) => fits(label));
  const others = (choice?.numbers ?? []).filter(({ id }) => id !== choice?.number.id);
  const foundNumbers = others.filter(({ verifiedName, displayPhoneNumber }) =>
    fits(`${verifiedName} ${displayPhoneNumber}`),
  );
  const phone = wanted.replace(/[\s().-]/g, '');
  const isPhone = /^\+?\d{7,15}$/.test(phone);
  const canBlock = choice !== null && fits(t('blocked.block'));
  const isEmpty = foundPages.length + foundNumbers.length + people.length === 0 && !isPhone && !canBlock;
  return (
    <Spotlight.Root
      store={store}
      shortcut={null}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      lockScroll={false}
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      // The name is for screen readers alone.
      styles={{ header: { position: 'absolute', minHeight: 0, padding: 0 } }}
      title={<VisuallyHidden>{t('palette.open')}</VisuallyHidden>}
    >
      <Spotlight.Search placeholder={t('palette.placeholder')} aria-label={t('palette.placeholder')} />
      <Spotlight.ActionsList>
        {isPhone && (
          <Spotlight.Action
            label={t('person.open', { who: nameOf(phone.replace('+', '')) })}
            onClick={() => go(personPath(phone))}
          />
        )}
        {people.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.people')}>
            {people.map((row) => (
              <Spotlight.Action
                key={userKey(row)}
                label={[userName(row), row.name].filter(Boolean).join(' · ')}
                onClick={() => go(personPath(userKey(row)))}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {foundPages.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.pages')}>
            {foundPages.map(({ href, label, icon }) => (
              <Spotlight.Action key={href} label={label} leftSection={icon} onClick={() => go(href)} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {canBlock && (
          <Spotlight.ActionsGroup label={t('palette.actions')}>
            <Spotlight.Action label={t('blocked.block')} onClick={() => go('/blocked?dialog=block')} />
          </Spotlight.ActionsGroup>
        )}
        {foundNumbers.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.numbers')}>
            {foundNumbers.map(({ id, verifiedName, displayPhoneNumber }) => (
              <Spotlight.Action
                key={id}
                label={`${verifiedName} (${displayPhoneNumber})`}
                onClick={() => choice?.choose(id)}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {isEmpty && <Spotlight.Empty>{t('palette.nothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** Blocked people of a number who are found by a part of their phone, name or reason. */
function usePeople(number: string | null, query: string): readonly BlockDetails[] {
  const [search] = useDebouncedValue(query.trim(), 250);
  const found = useQuery({
    queryKey: ['palette', number, search],
    queryFn: async ({ signal }) =>
      (await blockhouse.blocks.page(number ?? '', { search, limit: peopleMax }, { signal })).rows,
    enabled: number !== null && search.length >= 2,
  });
  return found.data ?? [];
}
