import { nameLike, timeLike } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The name has the file's ending. `migration_time` is in milliseconds. */
export const knex: ToolRecord = {
  tool: 'Knex',
  names: ['knex'],
  made: {
    table: 'knex_migrations',
    sql: `CREATE TABLE IF NOT EXISTS \`knex_migrations\` (\`id\` integer not null primary key autoincrement, \`name\` varchar(255), \`batch\` integer, \`migration_time\` datetime);
CREATE TABLE IF NOT EXISTS \`knex_migrations_lock\` (\`index\` integer not null primary key autoincrement, \`is_locked\` integer);
INSERT INTO \`knex_migrations_lock\` (\`is_locked\`) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM \`knex_migrations_lock\`)`,
  },
  identity: 't.name',
  appliedAt: 't.migration_time',
  row: ({ migration, appliedAt, last }) => ({
    name: nameLike(migration, last?.['name'], '.js'),
    batch: Number(last?.['batch'] ?? 0) + 1,
    migration_time: timeLike(appliedAt, last?.['migration_time']) ?? Date.parse(appliedAt),
  }),
};
