import type { StoreState, UserName } from '@blockhouse/engine';
import type { Ask } from './connections.ts';
import { statements } from './statements.ts';
import { storable } from './storable.ts';

/** Puts profiles of users. */
export async function putUsers(ask: Ask, users: StoreState['users']): Promise<void> {
  await ask(statements.putUsers, [
    users.map(({ waId }) => waId),
    users.map(({ profile }) => profile.kind),
    users.map(({ profile }) => storable(profile.name)),
    users.map(({ profile }) => storable(profile.username)),
    users.map(({ profile }) => profile.phoneHidden),
  ]);
}

/** Puts names of users in a directory. */
export async function putUserNames(ask: Ask, directory: string, names: readonly UserName[]): Promise<void> {
  await ask(statements.putUserNames, [
    directory,
    names.map(({ name }) => storable(name)),
    names.map(({ kind }) => kind),
    names.map(({ user }) => user),
    names.map(({ sinceMs }) => sinceMs),
    names.map(({ untilMs }) => untilMs),
  ]);
}
