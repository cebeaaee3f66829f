import type { SessionRecord, SessionStore } from '@blockhouse/engine';
import { readSession } from '../rows.ts';
import type { Database } from './database.ts';
import { statements } from './statements.ts';
import { storable } from './storable.ts';

/** The sessions of the PostgreSQL store. */
export class PostgresSessions implements SessionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(session: SessionRecord, nowMs: number): Promise<void> {
    const { tokenHash, keyHash, person, numberId, expiresAtMs } = session;
    await this.#database.write(statements.purgeSessions, [nowMs]);
    const values = [tokenHash, keyHash, storable(person), numberId, expiresAtMs];
    await this.#database.write(statements.addSession, values);
  }

  async find(tokenHash: string): Promise<SessionRecord | null> {
    const [row] = await this.#database.read(statements.session, [tokenHash]);
    return row === undefined ? null : readSession(row);
  }

  async remove(tokenHash: string): Promise<void> {
    await this.#database.write(statements.removeSession, [tokenHash]);
  }
}
