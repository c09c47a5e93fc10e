import { digitsOf, toSqlTime } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

export const goose: ToolRecord = {
  tool: 'goose',
  names: ['goose'],
  identity: 't.version_id',
  appliedAt: 't.tstamp',
  row: ({ migration, appliedAt }) => ({
    version_id: BigInt(digitsOf(migration)),
    is_applied: 1,
    tstamp: toSqlTime(appliedAt),
  }),
};
