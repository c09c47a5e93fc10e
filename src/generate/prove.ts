import { runAsync, type Op } from '../bridge/index.ts';
import {
  catchFailure,
  fillTables,
  prepareScratch,
  runRoundTrip,
  trialOptions,
  type CheckTools,
  type TemporaryDatabase,
} from '../check/index.ts';
import { run } from '../execute/index.ts';
import { readContent } from '../ledger/index.ts';
import type { RunContext } from '../lock/index.ts';
import {
  SqlFile,
  startOf,
  wholeHistory,
  downMarker,
  upMarker,
  type Registry,
  type SqlMigration,
} from '../migration/index.ts';
import { nameKey } from '../sql/index.ts';
import { effects } from './direction.ts';
import { make, withoutTools } from './generate.ts';
import { declareLosses, withSampleValues } from './placeholders.ts';
import type { GeneratedMigration, GenerateRequest } from './types.ts';

type Schemas = Pick<GenerateRequest, 'from' | 'to'>;

/**
 * Runs a generated migration up, down and up again with sample rows in an empty database, whose context this is, as `check`
 * does. Placeholders have sample values, and losses count as declared. Returns what is wrong; nothing if it is right.
 */
export function* proveMigration(
  context: RunContext,
  { from, to }: Schemas,
  generated: GeneratedMigration,
): Op<readonly string[]> {
  yield* prepareScratch();
  yield* make(from);
  // What may not fit is not proven with rows; the result says so.
  yield* fillTables({ inventory: from, without: new Set([...generated.refusing.keys()].map(nameKey)) });
  // The ledger of another tool's folder knows no version that the folder has not.
  const version = wholeHistory(context.registry).migrations[0]?.version ?? 1;
  const migration = asFile(generated, version, context);
  const isolated = contextOf(context, [migration]);
  const lines: string[] = [];
  const failure = yield* catchFailure(isolated, function* () {
    const before = yield* readContent(isolated.ledger);
    const where = 'a scratch database with sample rows';
    const { failed, findings } = yield* runRoundTrip(isolated, { migrations: [migration], where, before, first: 'up' });
    lines.push(...findings.map(({ message }) => message));
    if (failed === undefined) lines.push(...(yield* differences(isolated, to)));
    else lines.push(`its ${failed.direction === 'up' ? 'UP' : 'DOWN'} part fails: ${failed.error.message}`);
  });
  return failure === undefined ? lines : [...lines, failure.message];
}

/** Applies it to a copy of the database, after what is pending. */
export async function proveOnCopy(
  copy: TemporaryDatabase,
  { contextOf: contextFor, host }: CheckTools,
  { to }: Schemas,
  generated: GeneratedMigration,
): Promise<readonly string[]> {
  const work = function* (context: RunContext): Op<readonly string[]> {
    const { migrations } = wholeHistory(context.registry);
    const version = (startOf(context.registry).at(-1)?.version ?? 0) + 1;
    const isolated = contextOf(context, [...migrations, asFile(generated, version, context)]);
    let lines: readonly string[] = [];
    const failure = yield* catchFailure(isolated, function* () {
      yield* run(isolated, { kind: 'up' });
      lines = yield* differences(isolated, to);
    });
    return failure === undefined ? lines : [failure.message];
  };
  try {
    return await runAsync(work(contextFor(copy.bridge)), copy.bridge, host);
  } finally {
    await copy.dispose();
  }
}

function* differences({ ledger }: RunContext, to: GenerateRequest['to']): Op<readonly string[]> {
  const left = effects(yield* readContent(ledger), withoutTools(to));
  return left.map(({ kind, type, name }) => `${type} ${name} is not as wanted: ${kind}`);
}

function asFile(generated: GeneratedMigration, version: number, context: Pick<RunContext, 'sha256'>): SqlMigration {
  const { up, down } = withSampleValues(generated);
  const text = declareLosses([upMarker, up, downMarker, down, ''].join('\n'));
  const id = `${version}_generated`;
  return new SqlFile({ version, name: 'generated', id, file: `${id}.sql` }, text, context);
}

/** A context that knows only these migrations, and takes no precautions: it is no database of anybody. */
function contextOf(context: RunContext, migrations: Registry['migrations']): RunContext {
  const registry: Registry = {
    source: context.registry.source,
    migrations,
    ignored: [],
    get: (version) => migrations.find((one) => one.version === version),
  };
  const { backups: _, drift: __, ...options } = context.options;
  return {
    ...context,
    registry,
    ledger: { ...context.ledger, registry },
    sets: [],
    canBackUp: false,
    scratch: true,
    options: { ...options, ...trialOptions },
  };
}
