import type { Rule } from '@blockhouse/client';
import { useQuery } from '@tanstack/react-query';
import { blockhouse } from './server.ts';

/** How often the counts of rules are read again: rules act on all numbers, and events are about the one that is shown. */
const countsEveryMs = 10_000;

/** The auto-block rules, in the order in which they are tried. */
export function useRules() {
  return useQuery({
    queryKey: ['rules'],
    queryFn: async ({ signal }): Promise<readonly Rule[]> =>
      (await blockhouse.rules.list({ signal })).toSorted((one, other) => one.order - other.order),
    refetchInterval: countsEveryMs,
  });
}

/** How long the server keeps messages that rules can be tried on; null: it keeps none, or has not answered yet. */
export function useKeptFor(): string | null {
  const settings = useQuery({
    queryKey: ['rules', 'settings'],
    queryFn: ({ signal }) => blockhouse.rules.settings({ signal }),
  });
  return settings.data?.messages_kept_for ?? null;
}

export function useAllowlist() {
  return useQuery({
    queryKey: ['rules', 'allowlist'],
    queryFn: ({ signal }) => blockhouse.rules.allowlist({ signal }),
  });
}
