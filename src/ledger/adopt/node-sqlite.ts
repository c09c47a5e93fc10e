import { digitsOf, keyOf, textsOf, titleOf } from './names.ts';
import type { Migration } from '../../migration/index.ts';
import type { ToolRecord } from './tool-record.ts';

/** The texts of both parts are recorded, without lines of comments in the first: they can be compared. */
export const nodeSqlite: ToolRecord = {
  tool: 'node-sqlite',
  names: ['node-sqlite'],
  made: {
    table: 'migrations',
    sql: `CREATE TABLE IF NOT EXISTS "migrations" (
  id   INTEGER PRIMARY KEY,
  name TEXT    NOT NULL,
  up   TEXT    NOT NULL,
  down TEXT    NOT NULL
)`,
  },
  identity: 't.id',
  keys: (migration) => [keyOf(digitsOf(migration))],
  checksum: "replace(t.up, char(13), '')",
  checksums: (migration) => [partsOf(migration).up.replaceAll('\r', '')],
  row: ({ migration }) => ({
    id: Number(digitsOf(migration)),
    name: titleOf(migration),
    ...partsOf(migration),
  }),
};

/** As `readMigrations` of the tool splits a file. A file with Dunlin's markers is split at those. */
function partsOf(migration: Migration): { readonly up: string; readonly down: string } {
  const text = textsOf(migration)[0]!;
  const content = migration.kind === 'sql' && !marker.test(text) ? migration.content : undefined;
  const [up = '', down = ''] = content?.down === undefined ? text.split(marker) : [content.up.text, content.down.text];
  return { up: up.replaceAll(/^-- .*?$/gm, '').trim(), down: down.trim() };
}

const marker = /^--\s+?down\b/im;
