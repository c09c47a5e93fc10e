import type { Op } from '../bridge/index.ts';
import type { MigrationRef } from '../errors/index.ts';
import { insertAttempt } from '../ledger/index.ts';
import type { RunContext } from '../lock/index.ts';

/** Something that was done at once, and succeeded. */
interface Recorded {
  readonly runId: string;
  readonly direction: 'baseline' | 'repair' | 'reset';
  /** ISO 8601, UTC. */
  readonly now: string;
  /** Undefined if it is about the whole database. */
  readonly migration?: MigrationRef;
  readonly backup?: string | null;
}

export function* recordAttempt(
  context: RunContext,
  { runId, direction, now, migration, backup = null }: Recorded,
): Op<void> {
  const { version, name } = migration ?? { version: null, name: null };
  const attempt = { runId, version, name, direction, status: 'ok', startedAt: now, finishedAt: now, backup } as const;
  yield* insertAttempt(context.ledger.tables.attempts, attempt, context);
}
