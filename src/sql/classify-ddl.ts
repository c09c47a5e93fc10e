import { type TokenReader, isKeyword, isName, isOperator } from './reader.ts';
import type { AlterChange, ParsedStatement } from './types.ts';
import { unquote, sameName } from './names.ts';

/** The reader is after CREATE. */
export function create(reader: TokenReader): ParsedStatement | undefined {
  const temp = reader.keyword('temp') || reader.keyword('temporary');
  const virtual = reader.keyword('virtual');
  const unique = reader.keyword('unique');
  const object = OBJECTS.find((keyword) => reader.keyword(keyword));
  if ((virtual && object !== 'table') || (unique && object !== 'index')) return undefined;
  const ifNotExists = reader.keyword('if') && reader.keyword('not') && reader.keyword('exists');
  const name = reader.objectName();
  if (name === undefined) return undefined;
  // CREATE TEMP TABLE x and CREATE TABLE temp.x are the same.
  const temporary = temp || (name.schema !== undefined && sameName(name.schema, 'temp'));
  switch (object) {
    case 'table': {
      // The arguments of a virtual table are in its module's own language.
      const asSelect = !virtual && isKeyword(reader.next, 'as');
      const references = virtual ? [] : referencesFrom(reader);
      const replacesOnConflict = !virtual && hasOnConflictReplace(reader);
      return {
        verb: 'create',
        object,
        name,
        temporary,
        virtual,
        ifNotExists,
        asSelect,
        references,
        replacesOnConflict,
      };
    }
    case 'view':
      return { verb: 'create', object, name, temporary, ifNotExists };
    case 'index': {
      const table = reader.keyword('on') ? reader.name() : undefined;
      return table === undefined ? undefined : { verb: 'create', object, name, table, ifNotExists, unique };
    }
    case 'trigger': {
      // Skip BEFORE, AFTER, INSTEAD OF, the event and its columns. ON is reserved, so the first one precedes the table.
      while (reader.next !== undefined && !isKeyword(reader.next, 'on')) reader.index++;
      reader.index++;
      const table = reader.objectName()?.name;
      if (table === undefined) return undefined;
      return { verb: 'create', object, name, table, temporary, ifNotExists, deletes: bodyDeletes(reader) };
    }
    default:
      return undefined;
  }
}

/** What is created and dropped. */
export const OBJECTS = ['table', 'view', 'index', 'trigger'] as const;

/** The tables after REFERENCES, which is reserved, so it is never a name. */
function referencesFrom({ tokens, index }: TokenReader): readonly string[] {
  const targets: string[] = [];
  for (let i = index; i < tokens.length - 1; i++)
    if (isKeyword(tokens[i], 'references') && isName(tokens[i + 1])) targets.push(unquote(tokens[i + 1]!.text));
  return targets;
}

function hasOnConflictReplace({ tokens, index }: TokenReader): boolean {
  return tokens.some(
    (token, i) =>
      i > index &&
      isKeyword(token, 'replace') &&
      isKeyword(tokens[i - 1], 'conflict') &&
      isKeyword(tokens[i - 2], 'on'),
  );
}

/**
 * Only the first words of a statement count: `replace(a, 'x', 'y')` is a function, and `a OR replace(...)` an
 * expression.
 */
function bodyDeletes({ tokens, index }: TokenReader): boolean {
  for (let i = index; i < tokens.length; i++) {
    if (!isOperator(tokens[i - 1], ';') && !isKeyword(tokens[i - 1], 'begin')) continue;
    if (isKeyword(tokens[i], 'delete') || isKeyword(tokens[i], 'replace')) return true;
    if (isKeyword(tokens[i + 1], 'or') && isKeyword(tokens[i + 2], 'replace')) {
      if (isKeyword(tokens[i], 'insert') || isKeyword(tokens[i], 'update')) return true;
    }
  }
  return false;
}

/** The reader is after ALTER. */
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

/** The word COLUMN is optional. The first one is the keyword: a column of that name is written `COLUMN column`. */
function columnName(reader: TokenReader): string | undefined {
  reader.keyword('column');
  return reader.name();
}
