import { digitsOf, keyOf, titleOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The name is that of a class, and its timestamp the version: `AddRoles1700000000000`. */
export const typeorm: ToolRecord = {
  tool: 'TypeORM',
  names: ['typeorm'],
  made: {
    table: 'migrations',
    sql: 'CREATE TABLE IF NOT EXISTS "migrations" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "timestamp" bigint NOT NULL, "name" varchar NOT NULL)',
  },
  identity: 't.timestamp',
  keys: (migration) => [keyOf(digitsOf(migration))],
  row: ({ migration }) => {
    const timestamp = digitsOf(migration);
    return { timestamp: Number(timestamp), name: `${camelCase(titleOf(migration))}${timestamp}` };
  },
};

function camelCase(title: string): string {
  const words = title.split(/[^\p{L}\p{N}]+/u);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
