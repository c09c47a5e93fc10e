import type { TokenReader } from '../reader.ts';
import type { ParsedStatement } from '../types.ts';
import { ifNotExistsClause, isTemporary } from './clauses.ts';
import { createTable, createVirtualTable } from './table.ts';
import { createTrigger } from './trigger.ts';

/** The reader stands behind CREATE. */
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
