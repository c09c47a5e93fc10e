import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it } from 'vitest';
import type { DatabaseBridge, Row } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge, nodeSqliteBridge } from '../../src/drivers/index.ts';
import { isVirtual, readInventory } from '../../src/schema/index.ts';
import { quote } from '../../src/sql/index.ts';
import { perform } from '../support/memory.ts';
import { seed } from '../support/random.ts';
import { makeSchema } from '../support/schemas/make-schema.ts';
import { fillTables } from '../../src/check/sample/fill.ts';

const count = 100;
const open: Record<string, () => DatabaseBridge> = {
  'better-sqlite3': () => betterSqlite3Bridge(new BetterSqlite3(':memory:')),
  'node:sqlite': () => nodeSqliteBridge(new DatabaseSync(':memory:')),
};

/** The statements that make a schema again: tables first, without the tables that virtual ones make themselves. */
function textsOf(start: number): string[] {
  const { database } = makeSchema(start);
  try {
    return database
      .prepare<[], string>(
        `SELECT sql FROM sqlite_schema m WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite^_%' ESCAPE '^'
         AND NOT EXISTS (SELECT 1 FROM pragma_table_list l WHERE l.name = m.name AND l.type = 'shadow')
         ORDER BY type = 'trigger', type = 'view', type = 'index', rowid`,
      )
      .pluck()
      .all();
  } finally {
    database.close();
  }
}

it.each(Object.keys(open))(
  `sample rows are valid for ${count} generated schemas from ${seed}, and nearly every table has some, %s`,
  (driver) => {
    let tables = 0;
    const empty: string[] = [];
    for (let start = seed; start < seed + count; start++) {
      const bridge = open[driver]!();
      const rows = (sql: string): readonly Row[] => bridge.query(sql, []) as readonly Row[];
      for (const text of ['PRAGMA foreign_keys = OFF', ...textsOf(start)]) void bridge.script(text);
      const inventory = perform(
        readInventory(() => false),
        bridge,
      );
      const filled = perform(fillTables({ inventory }), bridge);
      expect([start, rows('PRAGMA foreign_key_check'), rows('PRAGMA integrity_check')]).toEqual([
        start,
        [],
        [{ integrity_check: 'ok' }],
      ]);
      for (const { name, sql } of inventory.tables.values()) {
        if (isVirtual(sql)) continue;
        tables += 1;
        if (rows(`SELECT 1 FROM ${quote(name)} LIMIT 1`).length > 0) continue;
        empty.push(`${start} ${name}: ${filled.empty.get(name)}`);
      }
      void bridge.close?.();
    }
    expect(empty.filter((line) => line.endsWith('undefined'))).toEqual([]);
    expect(empty.length / tables, empty.join('\n')).toBeLessThan(0.03);
  },
  120_000,
);
