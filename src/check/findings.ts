import { dunlinError, guardTexts, refOf, type DunlinError } from '../errors/index.ts';
import type { Migration } from '../migration/index.ts';
import type { Inventory } from '../schema/index.ts';
import {
  classify,
  mentions,
  nameKey,
  parseAddedColumn,
  parseTable,
  sameName,
  splitStatements,
  textOf,
  type SqlStatement,
} from '../sql/index.ts';
import type { FailedPhase } from './round-trip.ts';

/**
 * Keeps the location of the failure, for the code frame. `lacks`: it needs something that perhaps no migration makes.
 */
export function failureFinding(
  code: 'FAILS_ON_EMPTY' | 'FAILS_ON_DATA' | 'DOWN_FAILS' | 'UP_AGAIN_FAILS',
  { migration, error }: Pick<FailedPhase, 'migration' | 'error'>,
  where: string,
  lacks = false,
): DunlinError {
  return dunlinError(code, { id: migration.id, where, lacks, ...reasonOf(error) }, detailsOf(migration, error));
}

export function rowsFinding({ migration, error }: FailedPhase, where: string, rows: readonly string[]): DunlinError {
  return dunlinError(
    'FAILS_ON_ROWS',
    { id: migration.id, version: migration.version, where, ...reasonOf(error), rows },
    detailsOf(migration, error),
  );
}

function detailsOf(
  migration: FailedPhase['migration'],
  error: DunlinError,
): NonNullable<Parameters<typeof dunlinError>[2]> {
  const { location, source } = error;
  return { migration: refOf(migration), location, source, cause: error };
}

/** Hints start with what happened to the data. This was scratch data, so drop that sentence. */
function reasonOf(error: DunlinError): { readonly reason: string; readonly advice: string } {
  const several = error.problems.map((problem) => problem.message);
  return {
    reason: several.length > 1 ? several.join(' ') : error.message,
    advice: error.hint
      .replace(/^[^]*?\.(?:\s+|$)/, '')
      .replace('Correct the file and run again.', '')
      .trim(),
  };
}

/** `how` is "with sample rows" or "on a copy of app.db". */
export function notTriedFinding(migrations: readonly Migration[], how: string, reason: string): DunlinError {
  const [first, ...others] = migrations.map(({ id }) => id);
  const migration = migrations[0] && refOf(migrations[0]);
  return dunlinError('NOT_TRIED', { first, last: others.at(-1), how, reason }, { migration });
}

const refusals =
  /Cannot add a (?:NOT NULL|REFERENCES|UNIQUE|PRIMARY KEY|STORED) column|Cannot add a column with non-constant default/i;

/**
 * Whether a failure happens with any rows, whatever their values: the losses that guards find, and the statements that
 * SQLite refuses if there is a row. Another failure may come from a sample value. `before` is the schema before the
 * migration.
 */
export function isIndependentOfValues({ error }: FailedPhase, before: Inventory): boolean {
  return error.code in guardTexts || refusals.test(error.message) || addsBrokenColumn(error, before);
}

/**
 * Whether an ADD COLUMN breaks its own constraint. All rows get the same value, so a constraint that names no other
 * column holds for all of them or for none (sqlite.org/lang_altertable.html, section 4).
 */
function addsBrokenColumn(error: DunlinError, { tables }: Inventory): boolean {
  if (!/(?:CHECK|NOT NULL) constraint failed/.test(error.message)) return false;
  const statement = failedStatement(error);
  const added = statement === undefined ? undefined : parseAddedColumn(statement);
  const facts = statement === undefined ? undefined : classify(statement);
  if (added === undefined || facts?.verb !== 'alter') return false;
  const { name: column } = added.columns[0]!.name;
  const present = parseTable(tables.get(nameKey(facts.name.name))?.sql ?? '');
  if (present === undefined) return false;
  const named = added.columns[0]!.constraints.flatMap(({ kind, expression }) =>
    expression !== undefined && (kind === 'check' || kind === 'generated')
      ? splitStatements(textOf(added.sql, expression)).flatMap((rule) => [...mentions(rule)])
      : [],
  );
  return !present.columns.some(({ name }) => !sameName(name.name, column) && named.includes(nameKey(name.name)));
}

/**
 * The table of a failed INSERT whose own VALUES conflict with a present row. Undefined for any other failure: rows that
 * come from a table may conflict in a real database too.
 */
export function seededTable({ error }: FailedPhase): string | undefined {
  const statement = failedStatement(error);
  const facts = statement === undefined ? undefined : classify(statement);
  const [, named] = /UNIQUE constraint failed: ([^.]+)\./.exec(error.message) ?? [];
  if (statement === undefined || facts?.verb !== 'insert') return undefined;
  if (!error.message.includes('UNIQUE constraint failed') || mentions(statement).has('from')) return undefined;
  return nameKey(named ?? facts.name.name);
}

/** The statement that failed, by its location in the file. Errors of code quote it. */
function failedStatement({ location, source, message }: DunlinError): SqlStatement | undefined {
  if (location !== undefined && source !== undefined)
    return splitStatements(source).findLast(({ offset }) => offset <= location.offset);
  const quoted = /, in ("(?:[^"\\]|\\.)*")\.?$/.exec(message)?.[1];
  return quoted === undefined ? undefined : splitStatements(JSON.parse(quoted) as string)[0];
}
