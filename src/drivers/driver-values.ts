import { toValue, type ColumnOrigin, type Row, type Value } from '../bridge/index.ts';
import { readableError } from '../errors/index.ts';

// Every runtime has TextDecoder, but the core is compiled without the types of any runtime.
declare const TextDecoder: new (
  encoding: string,
  options: { readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

/** Binds integers as bigints: drivers bind a number as REAL, always or above 32 bits. */
export function toBound(value: Value): Value {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value;
}

/** Converts the bigints of rows to numbers where that is exact. Drivers read bigints, so that no integer is rounded. */
export function toRows(rows: readonly unknown[]): readonly Row[] {
  for (const row of rows as Record<string, Value>[]) {
    for (const column in row) row[column] = toRead(row[column]!);
  }
  return rows as readonly Row[];
}

/**
 * `toRows` for rows that are lists of values, which better-sqlite3 returns in half the time of objects. Of several columns
 * with one name the last counts, as in better-sqlite3.
 */
export function toNamedRows(columns: readonly string[], rows: readonly (readonly Value[])[]): readonly Row[] {
  // Assigning `__proto__` would set the prototype instead of a column.
  if (columns.includes('__proto__'))
    return rows.map((values) => Object.fromEntries(columns.map((name, i) => [name, toRead(values[i]!)])));
  return rows.map((values) => {
    const row: Record<string, Value> = {};
    for (let i = 0; i < columns.length; i++) row[columns[i]!] = toRead(values[i]!);
    return row;
  });
}

/** A column as drivers describe it; an expression has nulls. */
interface DriverColumn {
  readonly name: string;
  readonly database?: string | null;
  readonly table?: string | null;
  readonly column?: string | null;
}

/**
 * Converts a driver's description of result columns. Undefined if the driver returns only names: otherwise every column
 * would look like an expression.
 */
export function toColumnOrigins(columns: readonly unknown[]): readonly ColumnOrigin[] | undefined {
  const described = columns as readonly DriverColumn[];
  if (described.some(({ column }) => column === undefined)) return undefined;
  return described.map(({ name, database, table, column }) => ({
    name,
    database: database ?? undefined,
    table: table ?? undefined,
    column: column ?? undefined,
  }));
}

/**
 * Wraps a function for SQL: arguments are converted as in rows, and the result must be a value. A thrown value must be
 * readable: if reading it throws, @photostructure/sqlite ends the process.
 */
export function toRegistered(fn: (...args: Value[]) => Value): (...args: Value[]) => Value {
  return (...args) => {
    try {
      return toBound(toValue(fn(...args.map(toRead))));
    } catch (error) {
      throw readableError(error);
    }
  };
}

function toRead(value: Value): Value {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The text of UTF-8 bytes, byte order mark and NUL included. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
