import { tokenize } from '../sql/index.ts';
import type { SchemaObject } from './inventory.ts';
import { isVirtual } from './virtual.ts';

/**
 * The statements that make these objects again, each ready to be run: tables, each with its indexes behind it; views;
 * virtual tables, which may read the columns of a table or view as they are made (FTS4's `content`); triggers. Within
 * a kind by name, so that databases with the same schema have the same dump, however they came to it. Views need no
 * order among each other: SQLite looks at their bodies when they are used.
 */
export function dumpStatements(objects: Iterable<SchemaObject>): string[] {
  return [...objects]
    .flatMap((object) => (object.sql === undefined ? [] : [entryOf(object, object.sql)]))
    .sort(byKey)
    .map((entry) => terminated(entry.sql));
}

interface Entry {
  /** What is compared, in this order. */
  readonly key: readonly string[];
  readonly sql: string;
}

function entryOf({ type, name, table }: SchemaObject, sql: string): Entry {
  if (type === 'view') return { key: ['2', name], sql };
  if (type === 'trigger') return { key: ['4', table, name], sql };
  if (isVirtual(sql)) return { key: ['3', name], sql };
  return { key: ['1', table, type === 'table' ? '0' : '1', name], sql };
}

/** By code units: the same order on every machine, whatever its language. */
function byKey(a: Entry, b: Entry): number {
  const at = a.key.findIndex((part, i) => part !== b.key[i]);
  return at === -1 ? 0 : (a.key[at] ?? '') < (b.key[at] ?? '') ? -1 : 1;
}

/**
 * A statement as SQLite stores it, with its semicolon. Stored texts may end in a comment, which would swallow it, and
 * have the line ends of the file they came from. Those become `\n`, but not in strings and names, so that it does not
 * matter on which system a migration ran; git and the sqlite3 command line change them anyway.
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
    // The sqlite3 command line takes a line that is only "/" or "go" for the end of a statement, as other shells do.
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
  // SQLite takes a comment that is never closed for one that ends with the text.
  return last.text.length > 3 && last.text.endsWith('*/') ? `${text};` : `${text} */;`;
}

function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
