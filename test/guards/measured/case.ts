import type { Given } from '../support.ts';

/** What must come of a case: an error with one of these codes whose text matches, or notes that do. */
export interface Case {
  readonly what: string;
  /** The database before the run, with rows. */
  readonly schema: string;
  readonly run: Given | readonly Given[];
  readonly fails?: Failure;
  /** Each is matched by a note of the run. `'none'`: the run has no note at all. */
  readonly notes?: readonly RegExp[] | 'none';
  /** The verdict holds only for what existed before the run, not for what an earlier migration of it made. */
  readonly onlyOlder?: boolean;
}

export interface Failure {
  /** Any of them will do, as the error's own code or as that of one of its problems. */
  readonly codes: readonly string[];
  /** What message or hint say. */
  readonly says: readonly RegExp[];
}

/** A hole, or a rule: its refusals, and what looks like them but loses nothing. */
export interface Subject {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** A case that is refused. */
export function fails(
  what: string,
  schema: string,
  run: Given | readonly Given[],
  code: string | readonly string[],
  ...says: readonly RegExp[]
): Case {
  return { what, schema, run, fails: { codes: typeof code === 'string' ? [code] : code, says } };
}

/** A case that passes, with these notes if any are given. */
export function passes(
  what: string,
  schema: string,
  run: Given | readonly Given[],
  ...notes: readonly RegExp[] | ['none']
): Case {
  if (notes[0] === 'none') return { what, schema, run, notes: 'none' };
  return { what, schema, run, notes: notes as readonly RegExp[] };
}

/** Marks a case whose verdict another migration of the same run would change. */
export function onlyOlder(entry: Case): Case {
  return { ...entry, onlyOlder: true };
}

/** The figures of lost rows, in any words: the table, its rows before, and how many are lost or left. */
export function lost(table: string, before: number, rows: number): RegExp {
  return allOf(word(table), word(String(before)), `(${word(String(rows))}|\\b${before - rows} after\\b)`);
}

/** A lost column, as a declaration names it. */
export function column(name: string): RegExp {
  return allOf(word(name));
}

/** Changed values: table, column, and in how many rows. */
export function changed(table: string, name: string, rows: number): RegExp {
  return allOf(word(table), word(name), word(String(rows)));
}

/** Every one of these names and figures stands in the text. */
export function names(...all: readonly (string | number)[]): RegExp {
  return allOf(...all.map((name) => word(String(name))));
}

function allOf(...parts: readonly string[]): RegExp {
  return new RegExp(`^${parts.map((part) => `(?=[^]*${part})`).join('')}`);
}

function word(text: string): string {
  return `(?<!\\w)(?:${text.replaceAll('.', '\\.')})(?!\\w)`;
}
