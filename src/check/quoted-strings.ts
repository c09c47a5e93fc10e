import { isSqlError, query, script, type Op } from '../bridge/index.ts';
import { dunlinError, refOf, type MigrationRef } from '../errors/index.ts';
import type { RunContext } from '../lock/index.ts';
import { positionAt, SqlFile, startOf, wholeHistory, type Registry, type SqlMigration } from '../migration/index.ts';
import { copiedNames, findBroken, whyNotCompiled, type SchemaObject } from '../schema/index.ts';
import {
  classify,
  inMain,
  isKeyword,
  literal,
  sameName,
  unquote,
  type SqlStatement,
  type Token,
} from '../sql/index.ts';
import { applyTo } from './replay.ts';
import { prepareScratch } from './scratch.ts';

/** A text in double quotes in a migration, and the string literal that it should be. */
export interface QuotedString {
  readonly migration: MigrationRef;
  readonly part: 'up' | 'down' | 'verify';
  /** The path to show. */
  readonly file: string;
  /** 1-based; `offset` is 0-based, in UTF-16 units, without a byte order mark. */
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  /** As written: `"open"`. */
  readonly before: string;
  /** `'open'`. */
  readonly after: string;
}

/**
 * Finds the texts in double quotes of the migrations that SQLite reads as strings where it is built to do so, because
 * there is no column of that name (sqlite.org/quirks.html, section 8). The context is that of an empty database, whose
 * connection reads them as names: SQLite itself then says which it does not find. Each migration is first tried in a
 * savepoint, and then applied with its strings in single quotes.
 *
 * Errors: `REPLAY_FAILED`, `FIX_QUOTES_REFUSED` for a file that a squash replaces, and for a copied column that is missing.
 */
export function* findQuotedStrings(context: RunContext): Op<readonly QuotedString[]> {
  yield* prepareScratch();
  const history = wholeHistory(context.registry);
  const migrations = [...history.migrations];
  const registry: Registry = {
    ...history,
    repeatables: undefined,
    migrations,
    get: (version) => migrations.find((one) => one.version === version),
  };
  // Nothing has to be durable, and each of many runs would check the whole database.
  const scratch = {
    ...context,
    canBackUp: false,
    scratch: true,
    options: { ...context.options, verify: 'off', drift: 'note' },
  } as const;
  const found: QuotedString[] = [];
  for (const migration of startOf(history)) {
    const hasText = migration.kind === 'sql' && migration.squash === undefined;
    const strings = hasText ? yield* stringsOfUp(migration) : [];
    if (hasText) {
      refuseSquashed(context.registry, strings);
      migrations[migrations.indexOf(migration)] = rewritten(context, migration, strings);
    }
    yield* applyTo({ ...scratch, registry }, migration.version);
    if (hasText) strings.push(...(yield* stringsOfDown(migration)));
    found.push(...strings.toSorted((a, b) => (a.file === b.file ? a.offset - b.offset : 0)));
  }
  return found;
}

/** The file of a section, for messages. */
interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** Those of the UP part and of the verification queries, before the migration is applied. */
function* stringsOfUp(migration: SqlMigration): Op<QuotedString[]> {
  const { up, verify } = migration.content;
  const queries = verify.map(({ statement }) => statement);
  const strings = yield* stringsOf([...up.statements, ...queries], up.source ?? migration);
  return [...toStrings(migration, 'up', up.statements, strings), ...toStrings(migration, 'verify', queries, strings)];
}

/** Those of the DOWN part, when the migration is applied. */
function* stringsOfDown(migration: SqlMigration): Op<readonly QuotedString[]> {
  const { statements = [], source = migration } = migration.content.down ?? {};
  return toStrings(migration, 'down', statements, yield* stringsOf(statements, source));
}

/** A squash has the checksums of the files that it replaces. */
function refuseSquashed({ squashes = [] }: Registry, strings: readonly QuotedString[]): void {
  const changed = strings.find(({ part }) => part === 'up');
  const squash = squashes.find((one) =>
    one.squash!.replaces.some(({ version }) => version === changed?.migration.version),
  );
  if (squash === undefined) return;
  throw dunlinError('FIX_QUOTES_REFUSED', {
    files: [changed!.file],
    refusal: { kind: 'squashed', squash: squash.file, to: squash.version },
  });
}

/** The text with strings in place of these tokens, whose offsets count from `base`. */
export function withStrings(
  text: string,
  strings: Iterable<Pick<QuotedString, 'offset' | 'before' | 'after'>>,
  base: number = 0,
): string {
  let result = '';
  let at = 0;
  for (const { offset, before, after } of [...strings].toSorted((a, b) => a.offset - b.offset)) {
    result += text.slice(at, offset - base) + after;
    at = offset - base + before.length;
  }
  return result + text.slice(at);
}

/** The migration with its strings in single quotes. A part of another tool's file has the offsets of the file. */
function rewritten(context: RunContext, migration: SqlMigration, strings: readonly QuotedString[]): SqlMigration {
  const { text, origin } = migration;
  if (strings.length === 0) return migration;
  if (origin?.up === undefined) return new SqlFile(migration, withStrings(text, strings), context);
  const { file, source, sql } = origin.up;
  const up = { file, source: withStrings(source, strings), sql: withStrings(sql, strings) };
  return new SqlFile(migration, text, context, { ...origin, up });
}

function toStrings(
  migration: SqlMigration,
  part: QuotedString['part'],
  statements: readonly SqlStatement[],
  strings: ReadonlySet<number>,
): readonly QuotedString[] {
  const { content } = migration;
  const section = part === 'down' ? content.down : content.up;
  const { file, text } = section?.source ?? migration;
  return statements.flatMap((statement) =>
    replacements(statement, strings).map((one) => ({
      migration: refOf(migration),
      part,
      file,
      ...positionAt(text, one.offset),
      ...one,
    })),
  );
}

function replacements(
  { tokens }: SqlStatement,
  strings: ReadonlySet<number>,
): readonly Pick<QuotedString, 'offset' | 'before' | 'after'>[] {
  return tokens.flatMap(({ start, end, text }, index) => {
    if (!strings.has(start)) return [];
    const next = tokens[index + 1];
    // Two literals without a space between them would be one, with an apostrophe.
    const space = next?.start === end && next.kind === 'string' ? ' ' : '';
    return [{ offset: start, before: text, after: literal(unquote(text)) + space }];
  });
}

/**
 * The offsets of the tokens that are strings, in statements that run one after the other. A view or trigger is compiled
 * when something uses it, or after the last statement; what it needs may come after it. Each pass runs the statements with
 * the strings of those before, as far as SQLite takes them.
 */
function* stringsOf(statements: readonly SqlStatement[], source: TextFile): Op<ReadonlySet<number>> {
  const strings = new Set<number>();
  for (let before = -1; before < strings.size;) {
    before = strings.size;
    yield* rolledBack(() => runStatements(statements, strings, source));
  }
  return strings;
}

function* runStatements(statements: readonly SqlStatement[], strings: Set<number>, source: TextFile): Op<undefined> {
  const made: SqlStatement[] = [];
  for (const statement of statements) {
    if (isSkipped(statement)) continue;
    for (const dropped of made.filter((one) => drops(statement, one))) yield* addStrings(dropped, strings);
    const run = (): Op<string | undefined> => refusal(script(textOf(statement, strings)));
    if (addsToTable(statement)) yield* addStrings(statement, strings);
    let reason = yield* run();
    if (reason !== undefined && (yield* addStrings(statement, strings))) {
      yield* refuseLackingColumns(statement, strings, source);
      reason = yield* run();
    }
    if (reason !== undefined) break;
    if (isCompiledLater(statement)) made.push(statement);
  }
  for (const statement of made) yield* addStrings(statement, strings);
  return undefined;
}

/** A missing column would be a text in every row. */
function* refuseLackingColumns(
  statement: SqlStatement,
  strings: ReadonlySet<number>,
  { file, text }: TextFile,
): Op<void> {
  const names = (yield* copiedNames(statement)).filter(({ token }) => strings.has(token.start));
  if (names.length === 0) return;
  const { from, token } = names[0]!;
  const columns = names.filter((one) => one.from === from).map(({ name }) => name);
  throw dunlinError('FIX_QUOTES_REFUSED', {
    files: [`${file}:${positionAt(text, token.start).line}`],
    refusal: { kind: 'column', from, columns },
  });
}

/** Statements that cannot run in a savepoint, or that reach beyond the database. */
function isSkipped(statement: SqlStatement): boolean {
  const parsed = classify(statement);
  return parsed.verb === 'pragma' ? parsed.name !== 'legacy_alter_table' : skipped.has(parsed.verb);
}

const skipped: ReadonlySet<string> = new Set([
  'attach',
  'begin',
  'commit',
  'detach',
  'release',
  'rollback',
  'savepoint',
  'vacuum',
]);

function isCompiledLater(statement: SqlStatement): boolean {
  const parsed = classify(statement);
  return parsed.verb === 'create' && (parsed.object === 'view' || parsed.object === 'trigger') && !parsed.temporary;
}

/** Whether a statement drops the view or trigger that another one makes. */
function drops(statement: SqlStatement, made: SqlStatement): boolean {
  const [parsed, other] = [classify(statement), classify(made)];
  return (
    parsed.verb === 'drop' &&
    other.verb === 'create' &&
    parsed.object === other.object &&
    sameName(parsed.name.name, other.name.name)
  );
}

/** Whether a statement adds something to a table. ALTER TABLE does not resolve the names in the CHECK of a new column. */
function addsToTable(statement: SqlStatement): boolean {
  const parsed = classify(statement);
  return parsed.verb === 'alter' && (parsed.change.kind === 'add-column' || parsed.change.kind === 'other');
}

function textOf(statement: SqlStatement, strings: ReadonlySet<number>): string {
  return withStrings(statement.sql, replacements(statement, strings), statement.offset);
}

/** Adds the tokens of the statement that have to be strings, one missing name after the other. Whether there are any. */
function* addStrings(statement: SqlStatement, strings: Set<number>): Op<boolean> {
  const before = strings.size;
  if ((yield* whyRefused(statement, strings)) === undefined) return false;
  for (const start of stringsInValues(statement)) strings.add(start);
  for (;;) {
    const name = missingName(yield* whyRefused(statement, strings));
    const found = name === undefined ? [] : yield* stringsNamed(name, statement, strings);
    if (found.length === 0) return strings.size > before;
    for (const start of found) strings.add(start);
  }
}

/**
 * The strings in the rows of an INSERT: no column is in scope there, but in a SELECT. Seeds have thousands, and SQLite
 * names only one at a time.
 */
function stringsInValues({ tokens }: SqlStatement): readonly number[] {
  if (!isKeyword(tokens[0], 'insert') && !isKeyword(tokens[0], 'replace')) return [];
  const start = tokens.findIndex((token) => isKeyword(token, 'values'));
  const after = tokens.findIndex(
    (token, index) => index > start && (isKeyword(token, 'on') || isKeyword(token, 'returning')),
  );
  const end = after === -1 ? tokens.length : after;
  if (start === -1 || tokens.slice(0, end).some((token) => isKeyword(token, 'select'))) return [];
  return tokens.flatMap((token, index) =>
    start < index && index < end && canBeString(token, tokens[index - 1], tokens[index + 1]) ? [token.start] : [],
  );
}

/** The text in double quotes that SQLite takes for the name of a column, and does not find. */
function missingName(reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : /no such column: "(.*)" - should this be a string/s.exec(reason)?.[1];
}

/**
 * Which tokens of that name are strings: a name in one place may be a text in another. With all of them as strings, those
 * are names that can be restored without SQLite missing one. If the statement then has another error, nothing is certain.
 */
function* stringsNamed(name: string, statement: SqlStatement, known: ReadonlySet<number>): Op<readonly number[]> {
  const candidates = statement.tokens.flatMap((token, index, all) =>
    unquote(token.text) === name && !known.has(token.start) && canBeString(token, all[index - 1], all[index + 1])
      ? [token.start]
      : [],
  );
  const chosen = new Set(candidates);
  const why = (): Op<string | undefined> => whyRefused(statement, new Set([...known, ...chosen]));
  if (isMissing(name, yield* why())) return [];
  // Of one token it is known that SQLite misses it.
  for (const start of candidates.length === 1 ? [] : candidates.toReversed()) {
    chosen.delete(start);
    if (isMissing(name, yield* why())) chosen.add(start);
  }
  const reason = yield* why();
  return reason === undefined || missingName(reason) !== undefined ? [...chosen] : [];
}

/** Also of a string in the list of an index's columns, which SQLite reads as a name. */
function isMissing(name: string, reason: string | undefined): boolean {
  return missingName(reason) === name || reason?.endsWith(`no such column: ${name}`) === true;
}

/** A qualified name and the name of a function or table before a parenthesis never are. */
function canBeString({ text }: Token, before: Token | undefined, after: Token | undefined): boolean {
  return text.startsWith('"') && before?.text !== '.' && after?.text !== '.' && after?.text !== '(';
}

/** Why SQLite refuses a statement, or the use of what it makes. Nothing of it stays. */
function* whyRefused(statement: SqlStatement, strings: ReadonlySet<number>): Op<string | undefined> {
  const sql = textOf(statement, strings);
  const parsed = classify(statement);
  if (parsed.verb === 'alter' && addsToTable(statement))
    return yield* withoutTriggers(function* () {
      yield* script(sql);
      return yield* whyNotCreated(parsed.name.name);
    });
  if (parsed.verb !== 'create' || !isCompiledLater(statement)) return yield* whyNotCompiled(sql);
  const { object: type, name } = parsed;
  return yield* withoutTriggers(function* () {
    if (type === 'view') yield* script(`DROP VIEW IF EXISTS ${inMain(name.name)}`);
    yield* script(sql);
    const made = yield* query<{ type: string; name: string; table: string; sql: string }>(
      `SELECT type, name, tbl_name AS "table", sql FROM main.sqlite_schema WHERE type = ?`,
      [type],
    );
    const object = made.find((one) => sameName(one.name, name.name)) as SchemaObject;
    return (yield* findBroken(new Map([[type, object]]))).get(type);
  });
}

/** Runs an operation where no trigger is compiled but those that it makes, and rolls it back. */
function* withoutTriggers(operation: () => Op<string | undefined>): Op<string | undefined> {
  return yield* rolledBack(function* () {
    const triggers = yield* query<{ name: string }>(`SELECT name FROM main.sqlite_schema WHERE type = 'trigger'`);
    for (const { name } of triggers) yield* script(`DROP TRIGGER ${inMain(name)}`);
    return yield* operation();
  });
}

/**
 * Why SQLite would not create a table as it is now. It reads an altered table as it reads one from the file, where text in
 * double quotes may be a string in every build.
 */
function* whyNotCreated(table: string): Op<string | undefined> {
  const tables = yield* query<{ name: string; sql: string }>(
    `SELECT name, sql FROM main.sqlite_schema WHERE type = 'table'`,
  );
  const { name, sql } = tables.find((one) => sameName(one.name, table))!;
  yield* script(`DROP TABLE ${inMain(name)}`);
  return yield* whyNotCompiled(sql);
}

const savepoint = 'dunlin_quotes';

/** Runs an operation and rolls it back. Returns its reason, or why SQLite refused something of it. */
function* rolledBack(operation: () => Op<string | undefined>): Op<string | undefined> {
  yield* script(`SAVEPOINT ${savepoint}`);
  let reason: string | undefined;
  const failure = yield* refusal(
    (function* () {
      reason = yield* operation();
    })(),
  );
  // RAISE(ROLLBACK) and ON CONFLICT ROLLBACK have ended the transaction, with all that is to be rolled back.
  yield* refusal(script(`ROLLBACK TO ${savepoint}`));
  yield* refusal(script(`RELEASE ${savepoint}`));
  return failure ?? reason;
}

/** Why SQLite refuses an operation. */
function* refusal(operation: Op<unknown>): Op<string | undefined> {
  try {
    yield* operation;
    return undefined;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return error.message;
  }
}
