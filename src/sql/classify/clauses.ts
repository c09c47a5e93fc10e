import { sameName } from '../names.ts';
import type { TokenReader } from '../reader.ts';
import type { ObjectName } from '../types.ts';

export function ifNotExistsClause(reader: TokenReader): boolean {
  return reader.keyword('if') && reader.keyword('not') && reader.keyword('exists');
}

/** CREATE TEMP TABLE x and CREATE TABLE temp.x are the same. */
export function isTemporary(keyword: boolean, name: ObjectName): boolean {
  return keyword || (name.schema !== undefined && sameName(name.schema, 'temp'));
}
