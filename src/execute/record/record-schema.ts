import type { Op } from '../../bridge/index.ts';
import { readRecordedSchema, schemaCookie, writeRecordedSchema } from '../../ledger/index.ts';
import type { Step } from '../../plan/index.ts';
import {
  compareEffectively,
  fingerprintText,
  keepDrift,
  objectKey,
  type Inventory,
  type RecordedWork,
} from '../../schema/index.ts';
import { knownForm, nameKey } from '../../sql/index.ts';
import type { RunContext } from '../../lock/index.ts';

/**
 * Records the schema after a part of a run, in its transaction: if the run dies later, its migrations must not look like
 * edits by hand. The row of the last migration gets the fingerprint too.
 */
export function* recordSchema(
  context: RunContext,
  runId: string,
  steps: readonly Step[],
  before: Inventory,
  after: Inventory,
): Op<void> {
  // A database that is deleted afterwards needs no record.
  if (context.scratch) return;
  const { layout, tables } = context.ledger;
  const recorded = yield* readRecordedSchema(tables.attempts);
  const schema = recorded === undefined ? after : keepDrift(recorded.schema, { before, after, ...named(steps) });
  const fingerprint = yield* writeSchema(context, runId, schema, after, knownForms(steps));
  const last = steps.findLast(({ repeatable }) => repeatable === undefined);
  if (last?.direction === 'up' && layout.recordFingerprint !== undefined)
    yield* layout.recordFingerprint(tables.migrations, last.version, fingerprint);
}

/** Records a schema, which may differ from `actual`, the one of the database. */
export function* writeSchema(
  context: RunContext,
  runId: string,
  schema: Inventory,
  actual: Inventory,
  forms?: ReadonlyMap<string, string>,
): Op<string> {
  const fingerprint = `sha256:${context.sha256(fingerprintText(schema, forms))}`;
  const differs = schema !== actual && compareEffectively(schema, actual).length > 0;
  // Store the cookie (PRAGMA schema_version) only if record and database agree: while it is unchanged, a start with nothing
  // pending skips the drift check.
  const cookie = differs ? undefined : yield* schemaCookie();
  yield* writeRecordedSchema(context.ledger.tables.attempts, runId, { fingerprint, cookie: cookie ?? null, schema });
  return fingerprint;
}

/**
 * The objects that the statements create or drop by name. Also CREATE ... IF NOT EXISTS that finds an object made by hand:
 * from then on it counts as made by a migration.
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

/**
 * The normal forms of statements that have been computed already, by the SQL as written: SQLite nearly always stores a
 * CREATE statement as written, so the fingerprint need not compute them again.
 */
function knownForms(steps: readonly Step[]): ReadonlyMap<string, string> {
  const forms = new Map<string, string>();
  for (const { statements } of steps)
    for (const { statement } of statements) {
      const form = knownForm(statement);
      if (form !== undefined) forms.set(statement.sql, form);
    }
  return forms;
}
