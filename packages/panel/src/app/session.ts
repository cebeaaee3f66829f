import { createContext, useContext } from 'react';
import type { Session } from '../api/server.ts';

/** The person who is signed in; null in an embedded panel. */
export const SessionContext = createContext<Session | null>(null);

/** Whether the person may change what belongs to the whole installation. */
export function useIsAdmin(): boolean {
  return useContext(SessionContext)?.key.role === 'admin';
}
