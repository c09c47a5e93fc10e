import { LOCAL, type DatabaseBridge, type Row, type Value } from '../bridge/index.ts';
import { decodeText, toBound, toNamedRows } from './driver-values.ts';
import { requireParameters } from './parameters.ts';
import { compileError, requireSingle } from './statement-cache.ts';

/** The used part of `Database` of sql.js (1.17). */
export interface SqlJsHandle {
  prepare(sql: string): SqlJsStatement;
  run(sql: string): unknown;
  export(): Uint8Array;
  getRowsModified(): number;
  close(): void;
}

export interface SqlJsStatement {
  // TypeScript before 6 does not match the driver's declarations with a narrower type.
  bind(values: unknown): boolean;
  step(): boolean;
  get(params: null, config: { readonly useBigInt: boolean }): unknown[];
  getBlob(column: number): Uint8Array;
  getColumnNames(): string[];
  free(): boolean;
}

/**
 * The bridge to an open database of sql.js, which is in memory: save `handle.export()` after a run that applied something.
 *
 * It has no `registerFunction`: functions of sql.js are not deterministic, so no index and no generated column may call
 * them. For CHECKs and triggers register them on the database itself, with `create_function`.
 *
 * ```ts
 * const { applied } = await migrate({ database: sqlJsBridge(new SQL.Database(bytes)), migrations });
 * ```
 */
export function sqlJsBridge(handle: SqlJsHandle): DatabaseBridge {
  function query(sql: string, params: readonly Value[]): readonly Row[] {
    requireSingle(sql);
    requireParameters(sql, params.length);
    const statement = prepare(sql);
    try {
      // As numbers, integers above 2^31 would be stored as REAL.
      statement.bind(params.map(toBound));
      const rows: Value[][] = [];
      while (statement.step()) rows.push(read(statement));
      return toNamedRows(statement.getColumnNames(), rows);
    } finally {
      statement.free();
    }
  }

  function prepare(sql: string): SqlJsStatement {
    try {
      return handle.prepare(sql);
    } catch (error) {
      throw compileError(error, sql);
    }
  }

  return {
    driver: 'sql.js',
    sync: true,
    engine: { ...LOCAL, snapshot: 'none', exclusion: 'given' },
    query,
    script: (sql) => void handle.run(sql),
    close: () => handle.close(),
  };
}

/** The driver drops a byte order mark at the beginning of a text. */
function read(statement: SqlJsStatement): Value[] {
  const values = statement.get(null, { useBigInt: true }) as Value[];
  return values.map((value, i) => (typeof value === 'string' ? decodeText(statement.getBlob(i)) : value));
}
