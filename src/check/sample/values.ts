import type { Value } from '../../bridge/index.ts';
import type { SampleColumn } from './sample-table.ts';
import type { ColumnHints } from './value-hints.ts';

const dateName = /(?:_at|_on|date|time|timestamp|created|updated|modified|deleted|expires)$/i;
const flagName = /^(?:is|has|can|should|allow)_|(?:enabled|disabled|active|archived|hidden|visible|flag)$/i;

/** A value by the column's type, default and name, different in each row. */
export function sampleValue(column: SampleColumn, row: number, uses: ColumnHints | undefined): Value {
  const { name, type, affinity, place } = column;
  if (/BOOL/.test(type) || (affinity === 'integer' && flagName.test(name) && !column.unique)) return row % 2;
  switch (affinity) {
    case 'integer':
      return dateName.test(name) ? 981_173_100 + row : 7000 + 10 * place + row;
    case 'real':
      return 7000.5 + 10 * place + row;
    case 'blob':
      return bytes(16, place, row);
    case 'numeric':
      return /DATE|TIME/.test(type) ? dateText(type, row) : 7000 + 10 * place + row;
    default:
      return sampleText(column, row, uses);
  }
}

function sampleText(
  { name, type, defaultText = '' }: SampleColumn,
  row: number,
  uses: ColumnHints | undefined,
): string {
  if (uses?.json === 'array' || defaultText.startsWith("'[")) return `[{"sample":"${row}"}]`;
  if (uses?.json === 'object' || defaultText.startsWith("'{") || /JSON/.test(type) || /json$/i.test(name))
    return `{"sample":"${row}"}`;
  if (uses?.date === true || /DATE|TIME/.test(type) || dateName.test(name)) return dateText(type || name, row);
  if (/e_?mail/i.test(name)) return `sample-${row}@example.com`;
  if (/ur[li]$|href|link/i.test(name)) return `https://example.com/sample/${row}`;
  if (/uuid|guid/i.test(name)) return uuid(row);
  return `sample ${name} ${row}`;
}

function dateText(what: string, row: number): string {
  const day = `2001-02-${String(1 + (row % 28)).padStart(2, '0')}`;
  return /date$/i.test(what) ? day : `${day} 04:05:06`;
}

function uuid(row: number): string {
  return `00000000-0000-4000-8000-${String(row).padStart(12, '0')}`;
}

function bytes(length: number, place: number, row: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (31 * place + 7 * row + i + 1) & 255);
}

/** Values of each kind that a CHECK or a trigger may accept, tried last. */
export function fallbackValues({ place, notNull }: SampleColumn, row: number): Value[] {
  const hex = (length: number): string => String(row).padStart(length, '0');
  return [
    ...(notNull ? [] : [null]),
    row,
    0,
    1,
    2,
    '',
    'a',
    `made${row}`,
    'MADE',
    '{}',
    '[]',
    `2001-02-${hex(2)}`,
    `2001-02-${hex(2)} 04:05:06`,
    `2001-02-${hex(2)}T04:05:06Z`,
    `https://example.com/${row}`,
    `sample-${row}@example.com`,
    uuid(row),
    ...[2, 3, 32, 40, 64].map(hex),
    100,
    32_503_680_000,
    0.5,
    ...[1, 16, 20, 32, 33, 64].map((length) => bytes(length, place, row)),
  ];
}
