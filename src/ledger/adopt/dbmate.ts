import { digitsOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The digits in front of the file's name, as text. A table of Rails that has lost `ar_internal_metadata` looks the same. */
export const dbmate: ToolRecord = {
  tool: 'dbmate or Rails',
  names: ['dbmate'],
  made: {
    table: 'schema_migrations',
    sql: 'CREATE TABLE IF NOT EXISTS "schema_migrations" (version varchar(128) primary key)',
  },
  identity: 't.version',
  row: ({ migration }) => ({ version: digitsOf(migration) }),
};

// Rails makes a second table, with its environment.
const { made: _, ...withoutTable } = dbmate;

export const rails: ToolRecord = { ...withoutTable, tool: 'Rails', names: ['rails'] };
