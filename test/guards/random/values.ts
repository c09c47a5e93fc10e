import type { Chance } from '../../support/schemas/chance.ts';

/** Literals of a kind that the column's affinity keeps, and of kinds that it only tolerates. */
const pools: Readonly<Record<string, readonly string[]>> = {
  TEXT: [`'a'`, `'A'`, `'b'`, `'007'`, `'42'`, `'42.0'`, `''`, `'1e3'`, `' 5'`, `'it''s'`, `x'00ff'`, 'NULL', `'zoë'`],
  INTEGER: ['0', '1', '-1', '7', '42', '9007199254740993', '12', `'n/a'`, '2.5', `x'01'`, 'NULL', '300'],
  REAL: ['42.0', '0.5', '-3.25', '1e15', '0.1', `'n/a'`, 'NULL', '7.0'],
  NUMERIC: ['42', '42.0', '2.5', `'n/a'`, `'12.50'`, '9007199254740993', 'NULL', `x'ff'`],
  BLOB: [`x'3432'`, `'42'`, '42', '42.0', `'007'`, 'NULL', `x''`, `''`, '9007199254740993'],
};

const strict: Readonly<Record<string, readonly string[]>> = {
  TEXT: [`'a'`, `'A'`, `'007'`, `'42'`, `'42.0'`, `''`, `'1e3'`, 'NULL'],
  INTEGER: ['0', '1', '-1', '42', '9007199254740993', 'NULL'],
  REAL: ['42.0', '0.5', '1e15', 'NULL'],
  BLOB: [`x'3432'`, `x''`, `x'00ff'`, 'NULL'],
};

export const types: readonly string[] = [
  'TEXT',
  'TEXT',
  'INTEGER',
  'REAL',
  'NUMERIC',
  'BLOB',
  '',
  'VARCHAR(20)',
  'DECIMAL(10, 2)',
  'BIGINT',
];

export const strictTypes: readonly string[] = ['TEXT', 'INTEGER', 'REAL', 'BLOB'];

/** A literal for a column of a declared type. */
export function literal(chance: Chance, type: string, isStrict: boolean): string {
  return chance.pick((isStrict ? strict : pools)[affinity(type)]!);
}

/** SQLite's rules, in their order (sqlite.org/datatype3.html, section 3.1). */
export function affinity(type: string): keyof typeof pools {
  if (/int/i.test(type)) return 'INTEGER';
  if (/char|clob|text/i.test(type)) return 'TEXT';
  if (/blob/i.test(type) || type === '') return 'BLOB';
  if (/real|floa|doub/i.test(type)) return 'REAL';
  return 'NUMERIC';
}
