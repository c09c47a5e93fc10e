import { digitsOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The digits in front of the file's name, as text. A table of Rails that has lost `ar_internal_metadata` looks the same. */
export const dbmate: ToolRecord = {
  tool: 'dbmate or Rails',
  names: ['dbmate'],
  identity: 't.version',
  row: ({ migration }) => ({ version: digitsOf(migration) }),
};

export const rails: ToolRecord = { ...dbmate, tool: 'Rails', names: ['rails'] };
