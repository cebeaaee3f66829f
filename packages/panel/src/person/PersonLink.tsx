import { Anchor } from '@mantine/core';
import { type ReactNode, useContext } from 'react';
import { Link } from 'wouter';
import { SessionContext } from '../app/session.ts';

/** The address of a person's page, below the number that is shown. */
export function personPath(user: string): string {
  return `/people/${encodeURIComponent(user)}`;
}

/** A link to a person's page; only its words in an embedded panel, which has no pages. */
export function PersonLink({
  user,
  tabIndex = 0,
  children,
}: {
  user: string;
  tabIndex?: 0 | -1;
  children: ReactNode;
}) {
  const hasPages = useContext(SessionContext) !== null;
  if (!hasPages) return children;
  return (
    <Anchor component={Link} href={personPath(user)} c="inherit" fz="inherit" tabIndex={tabIndex}>
      {children}
    </Anchor>
  );
}
