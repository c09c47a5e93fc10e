import { nameLike } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The name has the file's ending. `migration_time` is in milliseconds. */
export const knex: ToolRecord = {
  tool: 'Knex',
  names: ['knex'],
  identity: 't.name',
  appliedAt: 't.migration_time',
  row: ({ migration, appliedAt, last }) => ({
    name: nameLike(migration, last?.['name'], '.js'),
    batch: Number(last?.['batch'] ?? 0) + 1,
    migration_time: Date.parse(appliedAt),
  }),
};
