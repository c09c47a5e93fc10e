import { engineFacts, query, type Op } from '../bridge/index.ts';
import { codeTokens, nameKey, tokenize } from '../sql/index.ts';
import type { SchemaObject } from './inventory.ts';
import { groupBy } from './table-info.ts';
import { isVirtual } from './virtual.ts';

/**
 * The statements that create these objects: tables, each followed by its indexes; views; virtual tables, which may read
 * the columns of a table or view when they are created (FTS4's `content`); triggers. Within a kind sorted by name, so
 * that equal schemas have equal dumps. Views need no order: SQLite compiles their bodies when they are used. Triggers
 * that fire at the same moment keep the order of the objects, which is that of sqlite_schema: it decides which fires first.
 */
export function dumpStatements(objects: Iterable<SchemaObject>): string[] {
  const entries = [...objects].flatMap((object) => (object.sql === undefined ? [] : [entryOf(object, object.sql)]));
  const sorted = entries.toSorted(byKey);
  const triggers = entries.filter(({ fires }) => fires !== undefined);
  for (const together of groupBy(triggers, ({ fires }) => fires!).values()) {
    const places = together.map((entry) => sorted.indexOf(entry)).toSorted((a, b) => a - b);
    for (const [i, place] of places.entries()) sorted[place] = together[i]!;
  }
  return sorted.map((entry) => terminated(entry.sql));
}

interface Entry {
  /** What is compared, in this order. */
  readonly key: readonly string[];
  readonly sql: string;
  /** Of a trigger: its table, and the moment at which it fires. */
  readonly fires?: string;
}

function entryOf({ type, name, table }: SchemaObject, sql: string): Entry {
  if (type === 'view') return { key: ['2', name], sql };
  if (type === 'trigger') return { key: ['4', table, name], sql, fires: `${nameKey(table)} ${momentOf(sql)}` };
  if (isVirtual(sql)) return { key: ['3', name], sql };
  return { key: ['1', table, type === 'table' ? '0' : '1', name], sql };
}

/** The moment at which a trigger fires. SQLite stores its text as `CREATE TRIGGER name [BEFORE | AFTER | INSTEAD OF] event`. */
function momentOf(sql: string): string {
  const words = codeTokens(sql)
    .slice(3, 6)
    .map(({ text }) => nameKey(text));
  const event = words.find((word) => /^(?:insert|update|delete)$/.test(word));
  return `${words[0] === 'after' ? 'after' : 'before'} ${event}`;
}

/**
 * The statements that set what else of the file's header an application may rely on. How it is stored (page size,
 * auto_vacuum, journal mode) is a matter of the machine it is on. A 0, which every new file has, only for the names given.
 */
export function* numberPragmas(always: ReadonlySet<string> = new Set()): Op<readonly string[]> {
  const lines: string[] = [];
  const { settings } = yield* engineFacts();
  for (const name of ['application_id', 'user_version'] as const) {
    if (!settings.includes(name)) continue;
    const [row] = yield* query(`PRAGMA main.${name}`);
    const value = Number(row![name]);
    if (value !== 0 || always.has(name)) lines.push(`PRAGMA ${name} = ${value};`);
  }
  return lines;
}

/** By code units: the same order in every locale. */
function byKey(a: Entry, b: Entry): number {
  const at = a.key.findIndex((part, i) => part !== b.key[i]);
  return at === -1 ? 0 : (a.key[at] ?? '') < (b.key[at] ?? '') ? -1 : 1;
}

/**
 * A stored statement with its semicolon. It may end with a comment, which would hide the semicolon, and has the line ends
 * of its file. They become `\n`, except in strings and names, so that dumps of different systems are equal.
 */
export function terminated(sql: string): string {
  const tokens = tokenize(sql);
  let text = '';
  let at = 0;
  for (const { kind, start, end, text: word } of tokens) {
    text +=
      unixLines(sql.slice(at, start)) +
      (kind === 'comment' ? unixLines(sql[end] === '\n' ? word.replace(/\r$/, '') : word) : word);
    at = end;
    // For the sqlite3 shell a line with only "/" or "go" ends a statement.
    const rest = /^[ \t\r]*\n/.exec(sql.slice(end, end + 100));
    if (rest !== null && (word === '/' || /^go$/i.test(word)) && /(?:^|\n)[ \t]*$/.test(text.slice(0, -word.length))) {
      text += ' ';
      at += rest[0].length;
    }
  }
  text += unixLines(sql.slice(at));
  const last = tokens.at(-1);
  if (last?.kind !== 'comment') return `${text};`;
  if (last.text.startsWith('--')) return text.endsWith('\n') ? `${text};` : `${text}\n;`;
  // SQLite accepts an unclosed comment at the end.
  return last.text.length > 3 && last.text.endsWith('*/') ? `${text};` : `${text} */;`;
}

function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
