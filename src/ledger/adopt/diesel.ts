import { digitsOf, toSqlTime } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The version is the directory's name up to the first underscore, without dashes. */
export const diesel: ToolRecord = {
  tool: 'diesel',
  names: ['diesel'],
  identity: 't.version',
  appliedAt: 't.run_on',
  row: ({ migration, appliedAt }) => ({ version: digitsOf(migration), run_on: toSqlTime(appliedAt) }),
};
