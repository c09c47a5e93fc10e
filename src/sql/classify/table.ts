import { isKeyword, isName } from '../keyword.ts';
import { unquote } from '../names.ts';
import type { TokenReader } from '../reader.ts';
import type { ParsedStatement } from '../types.ts';
import { ifNotExistsClause, isTemporary } from './clauses.ts';

export function createTable(reader: TokenReader, temp: boolean): ParsedStatement | undefined {
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

export function createVirtualTable(reader: TokenReader): ParsedStatement | undefined {
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
    references: [], // the module's arguments are its own affair
    replacesOnConflict: false,
  };
}

/** The tables behind REFERENCES, which is reserved, so that nothing else can be spelled like it. */
export function referencesFrom({ tokens, index }: TokenReader): readonly string[] {
  const targets: string[] = [];
  for (let i = index; i < tokens.length - 1; i++) {
    const target = tokens[i + 1];
    if (isKeyword(tokens[i], 'references') && isName(target)) targets.push(unquote(target.text));
  }
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
