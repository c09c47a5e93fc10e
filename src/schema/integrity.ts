import {
  engineFacts,
  isSqlError,
  query,
  queryOn,
  type DatabaseBridge,
  type Op,
  type Row,
  type SqlError,
} from '../bridge/index.ts';
import { literal, quote } from '../sql/index.ts';
import { groupBy, readColumns } from './table-info.ts';
import { moduleOf } from './virtual.ts';

/** Both check pages, NOT NULL and CHECK; `integrity_check` also compares indexes with their tables. */
export type IntegrityCheck = 'quick_check' | 'integrity_check';

/** The limit of findings: a damaged page can cause thousands. */
const most = 1000;

/**
 * Runs SQLite's check and returns one finding per line; none for a sound database. Findings on b-trees come as one text
 * of many lines (sqlite.org/pragma.html#pragma_integrity_check).
 */
export function* readIntegrityErrors(
  check: IntegrityCheck,
  on?: DatabaseBridge,
  schema: string = 'main',
): Op<readonly string[]> {
  const rows = yield* runCheck(check, on, schema);
  return (
    rows
      .flatMap((row) => String(Object.values(row)[0]).split('\n'))
      // Modules name the schema, which differs if the file is attached.
      .map((line) => line.replace(` ${schema}.`, ' main.'))
      .filter((line) => line !== 'ok' && line.trim() !== '' && !line.startsWith('*** in database'))
  );
}

function* runCheck(check: IntegrityCheck, on: DatabaseBridge | undefined, schema: string): Op<readonly Row[]> {
  const { integrity } = yield* engineFacts(on);
  if (integrity === 'none') return [];
  if (integrity === 'quick') return yield* queryOn(on, 'PRAGMA quick_check');
  try {
    return yield* queryOn(on, `PRAGMA ${schema}.${check}(${most})`);
  } catch (error) {
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    throw (yield* findCause(on, schema)) ?? error;
  }
}

/** If the tokenizer of a full-text table is missing, the check only reports "SQL logic error"; a search names it. */
function* findCause(on: DatabaseBridge | undefined, schema: string): Op<SqlError | undefined> {
  const tables = yield* queryOn<{ name: string; sql: string }>(
    on,
    `SELECT name, sql FROM ${schema}.sqlite_schema WHERE type = 'table' AND sql LIKE 'create virtual%'`,
  );
  for (const { name } of tables.filter(({ sql }) => /^fts\d$/.test(moduleOf(sql) ?? '')))
    try {
      yield* queryOn(on, `SELECT 1 FROM ${schema}.${quote(name)} WHERE ${quote(name)} MATCH 'a' LIMIT 1`);
    } catch (error) {
      if (!isSqlError(error)) throw error;
      return error;
    }
  return undefined;
}

/**
 * Whether pages are damaged, so that a write may hit the wrong one. Wrong content, such as an index that lacks rows or a
 * NULL in a NOT NULL column, is less severe, and an unused page only wastes space.
 */
export function isPageDamage(flaw: string): boolean {
  return /^(?:Tree \d+|Freelist|Page \d+|Outstanding|Failed to read ptrmap|Bad ptr map|2nd reference|invalid page|unable to get|database disk image|out of memory|Main freelist|On (?:tree )?page)/i.test(
    flaw,
  )
    ? !/^Page \d+(?:: | is )never used/i.test(flaw)
    : false;
}

/** A finding without the numbers of rows and pages, which change with every write. */
function kindOf(flaw: string): string {
  return flaw.replaceAll(/\b(row|page|cell) -?\d+/gi, '$1');
}

/** The index, table or column that a finding is about. */
interface Subject {
  readonly name: string;
  readonly column?: string;
}

function subjectOf(flaw: string): Subject | undefined {
  const index = /\b(?:from|in|of) index (.+)$/.exec(flaw)?.[1];
  if (index !== undefined) return { name: index };
  const check = /^CHECK constraint failed in (.+)$/.exec(flaw)?.[1];
  if (check !== undefined) return { name: check };
  const search = searchOf(flaw);
  if (search !== undefined) return { name: search };
  const [, name, column] = /^(?:[\w-]+) value in (.+)\.([^.]+)$/.exec(flaw) ?? [];
  return name === undefined || column === undefined ? undefined : { name, column };
}

/** The statement that corrects a finding, or a hint if only a person knows the right value. */
function mendOf(flaw: string): string | undefined {
  const subject = subjectOf(flaw);
  if (/never used/.test(flaw)) return 'VACUUM';
  if (subject === undefined) return undefined;
  const name = quote(subject.name);
  if (/\bFTS\d table\b/.test(flaw)) return `INSERT INTO ${name}(${name}) VALUES ('rebuild')`;
  if (flaw.startsWith('non-unique entry'))
    return `DROP INDEX ${name}, correct the rows that are alike in its columns, and create it again`;
  if (/\bindex\b/.test(flaw))
    return `REINDEX ${name} (if that finds equal rows in a UNIQUE index: DROP INDEX, correct them, create it again)`;
  if (flaw.startsWith('CHECK')) return `correct the rows of ${name} that break the CHECK`;
  const column = quote(subject.column ?? '');
  return flaw.startsWith('NULL value')
    ? `UPDATE ${name} SET ${column} = ... WHERE ${column} IS NULL`
    : `correct the rows of ${name} in which typeof(${column}) is not the type of the column`;
}

/** The name of the full-text table that a finding is about. */
function searchOf(flaw: string): string | undefined {
  return /\bFTS\d table (?:\w+\.)?(.+?)(?::.*)?$/.exec(flaw)?.[1];
}

/**
 * Leaves out findings on full-text tables with external content. SQLite's check reports an FTS4 index that does not match
 * its content or cannot read it. That is no damage: an index may be filled later, and each migration checks its own.
 */
function* withoutExternalContent(flaws: readonly string[]): Op<readonly string[]> {
  const kept: string[] = [];
  for (const flaw of flaws) {
    const name = searchOf(flaw);
    const sql =
      name === undefined ? [] : yield* query(`SELECT sql FROM main.sqlite_schema WHERE name = ${literal(name)}`);
    if (!/\bcontent\s*=/i.test(String(sql[0]?.['sql']))) kept.push(flaw);
  }
  return kept;
}

/**
 * The findings that are new: more of a kind than before. A finding on an object that was renamed since is not new.
 */
export function* newIntegrityErrors(before: readonly string[], now: readonly string[]): Op<readonly string[]> {
  if (now.length === 0) return [];
  const were = groupBy(before, kindOf);
  const found: string[] = [];
  for (const [kind, flaws] of groupBy(now, kindOf)) {
    const old = were.get(kind)?.length ?? 0;
    // Findings beyond the limit cannot be counted.
    if (old > 0 && before.length >= most) continue;
    if (flaws.length > old) found.push(...flaws.slice(old));
  }
  if (found.length === 0) return [];
  const moved = yield* renamed(before, now);
  return (yield* withoutExternalContent(found)).filter((flaw) => {
    const rest = moved.get(wordsOf(flaw)) ?? 0;
    moved.set(wordsOf(flaw), rest - 1);
    return rest <= 0;
  });
}

/** The number of earlier findings on objects that are gone, by their words. */
function* renamed(before: readonly string[], now: readonly string[]): Op<Map<string, number>> {
  const still = new Set(now.map(kindOf));
  const gone = new Map<string, number>();
  for (const [kind, flaws] of groupBy(before, kindOf)) {
    const subject = subjectOf(flaws[0]!);
    if (still.has(kind) || subject === undefined || (yield* exists(subject))) continue;
    const words = wordsOf(flaws[0]!);
    gone.set(words, (gone.get(words) ?? 0) + flaws.length);
  }
  return gone;
}

function* exists({ name, column }: Subject): Op<boolean> {
  if (column !== undefined) return (yield* readColumns(name)).some((one) => one.name === column);
  return (yield* query(`SELECT 1 FROM main.sqlite_schema WHERE name = ${literal(name)}`)).length > 0;
}

/** A finding without the name of its object. */
function wordsOf(flaw: string): string {
  const subject = subjectOf(flaw);
  if (subject === undefined) return kindOf(flaw);
  const { name, column } = subject;
  const what = column === undefined ? name : `${name}.${column}`;
  const at = flaw.lastIndexOf(what);
  return kindOf(`${flaw.slice(0, at)}${flaw.slice(at + what.length)}`);
}

/** Findings as text: one of each kind with the number of the others, grouped by the statement that corrects them. */
export function formatIntegrityErrors(flaws: readonly string[]): readonly string[] {
  const byMend = new Map<string, string[]>();
  for (const [first = '', ...more] of groupBy(flaws, kindOf).values()) {
    const text = `${first}${more.length === 0 ? '' : ` (and ${more.length} more like it)`}`;
    const mend = mendOf(first) ?? '';
    byMend.set(mend, [...(byMend.get(mend) ?? []), text]);
  }
  return [...byMend].map(([mend, texts]) => `${texts.join('; ')}${mend === '' ? '' : `; to mend it: ${mend}`}`);
}
