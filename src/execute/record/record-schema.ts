import type { Op } from '../../bridge/index.ts';
import { readRecordedSchema, schemaCookie, writeRecordedSchema } from '../../ledger/index.ts';
import type { Step } from '../../plan/index.ts';
import {
  compareSchemas,
  fingerprintText,
  keepDrift,
  objectKey,
  type Inventory,
  type RecordedWork,
} from '../../schema/index.ts';
import { nameKey, type Token } from '../../sql/index.ts';
import type { RunContext } from '../../lock/index.ts';

/**
 * Records the schema that a part of a run leaves, in its own transaction: a run that dies later must not make its
 * migrations look like hand edits. The fingerprint also goes to the row of the last migration.
 */
export function* recordSchema(
  context: RunContext,
  runId: string,
  steps: readonly Step[],
  before: Inventory,
  after: Inventory,
): Op<void> {
  // Nobody asks a database that is thrown away what was changed in it by hand.
  if (context.scratch) return;
  const { layout, tables } = context.ledger;
  const recorded = yield* readRecordedSchema(tables.attempts);
  const schema = recorded === undefined ? after : keepDrift(recorded.schema, { before, after, ...named(steps) });
  const fingerprint = yield* writeSchema(context, runId, schema, after, tokensOf(steps));
  const last = steps.at(-1);
  if (last?.direction === 'up' && layout.recordFingerprint !== undefined)
    yield* layout.recordFingerprint(tables.migrations, last.version, fingerprint);
}

/** Records a schema; `actual` is what the database has, from which it may differ. */
export function* writeSchema(
  context: RunContext,
  runId: string,
  schema: Inventory,
  actual: Inventory,
  tokens?: ReadonlyMap<string, readonly Token[]>,
): Op<string> {
  const fingerprint = `sha256:${context.sha256(fingerprintText(schema, tokens))}`;
  const differs = schema !== actual && compareSchemas(schema, actual).length > 0;
  // With the count, a start with nothing pending need not compare; so only where there is nothing to find.
  const cookie = differs ? undefined : yield* schemaCookie();
  yield* writeRecordedSchema(context.ledger.tables.attempts, runId, { fingerprint, cookie: cookie ?? null, schema });
  return fingerprint;
}

/**
 * What the statements create or drop by name. CREATE ... IF NOT EXISTS of what somebody made by hand before changes
 * nothing, and yet from then on a migration has made it.
 */
function named(steps: readonly Step[]): Pick<RecordedWork, 'touched'> {
  const touched = new Set<string>();
  for (const { facts } of steps.flatMap((step) => step.statements)) {
    if (facts.verb !== 'create' && facts.verb !== 'drop') continue;
    const { name } = facts.name;
    touched.add(facts.object === 'table' ? nameKey(name) : objectKey(facts.object, name));
  }
  return { touched };
}

/** SQLite stores a CREATE statement nearly always as it was written. */
function tokensOf(steps: readonly Step[]): ReadonlyMap<string, readonly Token[]> {
  const created = steps.flatMap((step) => step.statements).filter(({ facts }) => facts.verb === 'create');
  return new Map(created.map(({ statement }) => [statement.sql, statement.tokens]));
}
