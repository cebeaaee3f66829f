import type { SessionRecord, SessionStore } from '@blockhouse/engine';
import { readSession } from '../rows.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/** The sessions of the SQLite store. */
export class SqliteSessions implements SessionStore {
  readonly #commits: GroupCommit;
  readonly #statements: Statements;

  constructor({ commits, statements }: { commits: GroupCommit; statements: Statements }) {
    this.#commits = commits;
    this.#statements = statements;
  }

  async add(session: SessionRecord, nowMs: number): Promise<void> {
    const { tokenHash, keyHash, person, numberId, expiresAtMs } = session;
    await this.#commits.run(() => {
      this.#statements.purgeSessions.run(nowMs);
      this.#statements.addSession.run(tokenHash, keyHash, person, numberId, expiresAtMs);
    });
  }

  async find(tokenHash: string): Promise<SessionRecord | null> {
    const row = this.#statements.session.get(tokenHash);
    return row === undefined ? null : readSession(row);
  }

  async remove(tokenHash: string): Promise<void> {
    await this.#commits.run(() => this.#statements.removeSession.run(tokenHash));
  }
}
