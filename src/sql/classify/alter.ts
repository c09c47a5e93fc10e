import { isKeyword } from '../keyword.ts';
import type { TokenReader } from '../reader.ts';
import type { AlterChange, ParsedStatement } from '../types.ts';
import { referencesFrom } from './table.ts';

/** The reader stands behind ALTER. */
export function alter(reader: TokenReader): ParsedStatement | undefined {
  const name = reader.keyword('table') ? reader.objectName() : undefined;
  const change = name === undefined ? undefined : alterChange(reader);
  return name === undefined || change === undefined ? undefined : { verb: 'alter', name, change };
}

function alterChange(reader: TokenReader): AlterChange | undefined {
  if (reader.keyword('rename')) return renameChange(reader);
  if (reader.keyword('add')) {
    if (isKeyword(reader.next, 'constraint') || isKeyword(reader.next, 'check')) return { kind: 'other' };
    const column = columnName(reader);
    return column === undefined ? undefined : { kind: 'add-column', column, references: referencesFrom(reader) };
  }
  if (reader.keyword('drop')) {
    if (isKeyword(reader.next, 'constraint')) return { kind: 'other' };
    const column = columnName(reader);
    return column === undefined ? undefined : { kind: 'drop-column', column };
  }
  return { kind: 'other' };
}

function renameChange(reader: TokenReader): AlterChange | undefined {
  if (reader.keyword('to')) {
    const to = reader.name();
    return to === undefined ? undefined : { kind: 'rename-table', to };
  }
  const from = columnName(reader);
  const to = reader.keyword('to') ? reader.name() : undefined;
  return from === undefined || to === undefined ? undefined : { kind: 'rename-column', from, to };
}

/** The word COLUMN is optional. Where it stands it is the keyword: a column of that name is written `COLUMN column`. */
function columnName(reader: TokenReader): string | undefined {
  reader.keyword('column');
  return reader.name();
}
