import { digitsOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The 20 digits in front of the file's name, as text. */
export const popx: ToolRecord = {
  tool: 'popx',
  names: ['popx'],
  identity: 't.version',
  row: ({ migration }) => ({ version: digitsOf(migration), version_self: 0 }),
};
