import type { Op } from '../../bridge/index.ts';
import {
  readForeignKeys,
  readTableInfo,
  referencedColumns,
  type Affinity,
  type TableInfo,
} from '../../schema/index.ts';
import { nameKey, sameName, type NameKey } from '../../sql/index.ts';

/** A column that an INSERT can give a value. */
export interface SampleColumn {
  readonly name: string;
  readonly key: NameKey;
  /** As declared, in upper case. */
  readonly type: string;
  /** What kind of value to generate: a text where any kind is stored as it is. */
  readonly affinity: Affinity;
  readonly notNull: boolean;
  readonly defaultText: string | undefined;
  /** Another name for the rowid, which SQLite can choose itself. */
  readonly rowid: boolean;
  /** No two rows may have the same value in it. */
  readonly unique: boolean;
  /** Its position in the table, from 0. */
  readonly place: number;
}

export interface SampleForeignKey {
  readonly parent: string;
  readonly from: readonly string[];
  /** The parent's columns; empty if the parent or one of them is missing. */
  readonly to: readonly string[];
}

/** What decides which rows a table accepts. */
export interface SampleTable {
  readonly name: string;
  readonly columns: readonly SampleColumn[];
  readonly foreignKeys: readonly SampleForeignKey[];
  /** The columns that identify a row: the primary key of a WITHOUT ROWID table, or a name of the rowid. */
  readonly rowKey: readonly string[];
}

/** Reads a table. Generated columns and a virtual table's hidden ones are left out. */
export function* readSampleTable(name: string): Op<SampleTable> {
  const info = yield* readTableInfo(name);
  const columns = info.columns.flatMap((column, place) =>
    column.generated === null && !column.hidden ? [{ ...sampleColumn(column, info), place }] : [],
  );
  const { rowidAlias, rowidNames } = info;
  const rowid = rowidAlias ?? rowidNames[0];
  const rowKey = rowid === undefined ? info.primaryKey : [rowid];
  return { name, columns, foreignKeys: yield* readSampleForeignKeys(name), rowKey };
}

function sampleColumn(
  { name, type: declared, affinity, notNull, default: value, keyPosition }: TableInfo['columns'][number],
  { indexes, rowidAlias }: TableInfo,
): Omit<SampleColumn, 'place'> {
  const type = declared.toUpperCase();
  const rowid = name === rowidAlias;
  const isUnique = indexes.some(
    ({ unique, columns: [first, ...others] }) => unique && first?.name === name && others.length === 0,
  );
  return {
    name,
    key: nameKey(name),
    type,
    affinity: type === '' || type === 'ANY' ? 'text' : affinity,
    notNull: notNull || keyPosition > 0,
    defaultText: value ?? undefined,
    rowid,
    unique: isUnique || rowid,
  };
}

function* readSampleForeignKeys(table: string): Op<readonly SampleForeignKey[]> {
  const foreignKeys: SampleForeignKey[] = [];
  for (const key of yield* readForeignKeys({ table })) {
    const parent = yield* readTableInfo(key.parent);
    const isPresent = (name: string): boolean => parent.columns.some((column) => sameName(column.name, name));
    const to = referencedColumns(key, parent);
    foreignKeys.push({ parent: key.parent, from: key.columns, to: to.every(isPresent) ? to : [] });
  }
  return foreignKeys;
}
