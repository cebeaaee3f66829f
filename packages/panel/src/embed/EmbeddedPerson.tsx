import { useQuery } from '@tanstack/react-query';
import { blockhouse } from '../api/server.ts';
import { Person } from '../person/PersonPage.tsx';
import { Loading, Problem } from '../ui/Problem.tsx';

/** The person of the conversation beside which the frame stands. */
export function EmbeddedPerson({ user }: { user: string }) {
  const check = useQuery({
    queryKey: ['check', user],
    queryFn: ({ signal }) => blockhouse.users.diagnose(user, { signal }),
  });
  if (check.isPending) return <Loading />;
  if (check.isError) return <Problem error={check.error} onRetry={() => void check.refetch()} />;
  return <Person found={check.data} user={user} />;
}
