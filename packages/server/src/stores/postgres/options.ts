import { storeConnectionsDefault, storeDeadlineMs } from '@blockhouse/engine';
import type { ConnectionOptions } from './connections.ts';

/** How a store in PostgreSQL is opened; only the address has no default. */
export interface PostgresOptions extends Partial<ConnectionOptions> {
  readonly url: string;
  /** How long a caller waits for a database that does not answer, in milliseconds. */
  readonly deadlineMs?: number;
  /** After which silence another process counts as dead, in milliseconds. */
  readonly silenceMaxMs?: number;
}

const schemaDefault = 'blockhouse';

/** Statements are lookups in indexes: one that takes longer than this is stuck. */
const answerMsDefault = 6_000;

/** Copies, migrations and the like read and build whole tables: they take as long as those are large. */
const maintenanceMs = 60 * 60 * 1000;

/** The timeouts of maintenance: its statements may take long. */
export function forMaintenance(options: PostgresOptions): ReturnType<typeof withDefaults> {
  return { ...withDefaults(options), answerMs: maintenanceMs };
}

export function withDefaults(options: PostgresOptions): ConnectionOptions & { readonly deadlineMs: number } {
  return {
    schema: schemaDefault,
    connectionsMax: storeConnectionsDefault,
    answerMs: answerMsDefault,
    deadlineMs: storeDeadlineMs,
    ...options,
  };
}
