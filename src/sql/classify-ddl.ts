import { type TokenReader, isKeyword, isName, isOperator } from './reader.ts';
import type { AlterChange, ObjectName, ParsedStatement, Token } from './types.ts';
import { unquote, sameName } from './names.ts';

/** The reader is after CREATE. */
export function create(reader: TokenReader): ParsedStatement | undefined {
  const temp = reader.keyword('temp') || reader.keyword('temporary');
  if (reader.keyword('table')) return createTable(reader, temp);
  if (reader.keyword('view')) return createView(reader, temp);
  if (reader.keyword('trigger')) return createTrigger(reader, temp);
  if (reader.keyword('virtual')) return reader.keyword('table') ? createVirtualTable(reader) : undefined;
  const unique = reader.keyword('unique');
  return reader.keyword('index') ? createIndex(reader, unique) : undefined;
}

function createView(reader: TokenReader, temp: boolean): ParsedStatement | undefined {
  const ifNotExists = ifNotExistsClause(reader);
  const name = reader.objectName();
  if (name === undefined) return undefined;
  return { verb: 'create', object: 'view', name, temporary: isTemporary(temp, name), ifNotExists };
}

function createIndex(reader: TokenReader, unique: boolean): ParsedStatement | undefined {
  const ifNotExists = ifNotExistsClause(reader);
  const name = reader.objectName();
  const table = reader.keyword('on') ? reader.name() : undefined;
  if (name === undefined || table === undefined) return undefined;
  return { verb: 'create', object: 'index', name, table, ifNotExists, unique };
}

function createTable(reader: TokenReader, temp: boolean): ParsedStatement | undefined {
  const ifNotExists = ifNotExistsClause(reader);
  const name = reader.objectName();
  if (name === undefined) return undefined;
  return {
    verb: 'create',
    object: 'table',
    name,
    temporary: isTemporary(temp, name),
    virtual: false,
    ifNotExists,
    asSelect: isKeyword(reader.next, 'as'),
    references: referencesFrom(reader),
    replacesOnConflict: hasOnConflictReplace(reader),
  };
}

function createVirtualTable(reader: TokenReader): ParsedStatement | undefined {
  const ifNotExists = ifNotExistsClause(reader);
  const name = reader.objectName();
  if (name === undefined) return undefined;
  return {
    verb: 'create',
    object: 'table',
    name,
    temporary: isTemporary(false, name),
    virtual: true,
    ifNotExists,
    asSelect: false,
    references: [], // the arguments are in the module's own language
    replacesOnConflict: false,
  };
}

/** The tables after REFERENCES, which is reserved, so it is never a name. */
function referencesFrom({ tokens, index }: TokenReader): readonly string[] {
  const targets: string[] = [];
  for (let i = index; i < tokens.length - 1; i++)
    if (isKeyword(tokens[i], 'references')) addTarget(targets, tokens[i + 1]);
  return targets;
}

function addTarget(targets: string[], token: Token | undefined): void {
  if (isName(token)) targets.push(unquote(token.text));
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

function createTrigger(reader: TokenReader, temp: boolean): ParsedStatement | undefined {
  const ifNotExists = ifNotExistsClause(reader);
  const name = reader.objectName();
  if (name === undefined) return undefined;
  // Skip BEFORE, AFTER, INSTEAD OF, the event and its columns. ON is reserved, so the first one precedes the table.
  while (reader.next !== undefined && !isKeyword(reader.next, 'on')) reader.index++;
  reader.index++;
  const table = reader.objectName()?.name;
  if (table === undefined) return undefined;
  const temporary = isTemporary(temp, name);
  return { verb: 'create', object: 'trigger', name, table, temporary, ifNotExists, deletes: bodyDeletes(reader) };
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

function ifNotExistsClause(reader: TokenReader): boolean {
  return reader.keyword('if') && reader.keyword('not') && reader.keyword('exists');
}

/** CREATE TEMP TABLE x and CREATE TABLE temp.x are the same. */
function isTemporary(keyword: boolean, name: ObjectName): boolean {
  return keyword || (name.schema !== undefined && sameName(name.schema, 'temp'));
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
