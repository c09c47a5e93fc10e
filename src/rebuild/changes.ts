import type { ColumnChange, ForeignKeyOptions, TableChanges } from '../migration/index.ts';
import { dunlinError, shown } from '../errors/index.ts';
import { quoteIfNeeded } from '../sql/index.ts';

/** Which migration changes which table, for errors. */
export interface RebuildLocation {
  readonly id: string;
  readonly direction: 'up' | 'down';
  readonly table: string;
}

/** How present rows get a value in a column. */
export interface ColumnValue {
  /** An SQL expression over the old row; undefined for the old value, or the default of a new column. */
  readonly value: string | undefined;
}

/** A constraint, by its name or by its text. */
export type ChangeTarget =
  | { readonly name: string }
  | { readonly kind: 'check'; readonly expression: string }
  | { readonly kind: 'unique' | 'foreign-key'; readonly columns: readonly string[] };

export type TableChange =
  | ({ readonly kind: 'add-column'; readonly column: string; readonly definition: string } & ColumnValue)
  | ({ readonly kind: 'define-column'; readonly column: string; readonly definition: string } & ColumnValue)
  | ({ readonly kind: 'change-column'; readonly column: string; readonly change: ColumnChange } & ColumnValue)
  | { readonly kind: 'drop-column'; readonly column: string }
  | { readonly kind: 'rename-column'; readonly from: string; readonly to: string }
  | { readonly kind: 'add-constraint'; readonly sql: string; readonly check: boolean }
  | { readonly kind: 'drop-constraint'; readonly which: ChangeTarget }
  | { readonly kind: 'primary-key'; readonly sql: string | undefined }
  | { readonly kind: 'option'; readonly option: 'strict' | 'without-rowid'; readonly on: boolean };

type Columns = string | readonly string[];

const actions = ['cascade', 'set null', 'set default', 'restrict', 'no action'];

/** The object whose methods a migration calls, and the list that they fill. */
export function collectChanges(location: RebuildLocation): {
  builder: TableChanges;
  changes: TableChange[];
  /** Refuses later calls, which would have no effect. */
  close(): void;
} {
  const changes: TableChange[] = [];
  let closed = false;

  const refuse = (fact: string): never => {
    throw dunlinError('REBUILD_INVALID', { ...location, fact });
  };
  const text = (method: string, what: string, value: unknown): string =>
    typeof value === 'string' && value.trim() !== ''
      ? value
      : refuse(`${method}() needs ${what} as a text, not ${shown(value)}`);
  const optional = (method: string, what: string, value: unknown): string | undefined =>
    value === undefined ? undefined : text(method, what, value);
  const list = (method: string, columns: unknown): readonly string[] => {
    const names: readonly unknown[] = Array.isArray(columns) ? columns : [columns];
    if (names.length === 0) refuse(`${method}() needs at least one column`);
    return names.map((name) => text(method, 'the name of a column', name));
  };
  /** A misspelt option would be ignored silently. */
  const known = (method: string, given: unknown, ...names: readonly string[]): void => {
    if (typeof given !== 'object' || given === null)
      refuse(`${method}() needs its options as an object, not ${shown(given)}`);
    for (const name of Object.keys(given as object))
      if (!names.includes(name))
        refuse(`${method}() knows ${names.map((one) => `\`${one}\``).join(', ')}, not \`${name}\``);
  };
  const flag = (method: string, what: string, value: unknown): boolean =>
    value === undefined || typeof value === 'boolean'
      ? value === true
      : refuse(`${method}() needs true or false for ${what}, not ${shown(value)}`);
  const add = (change: TableChange): TableChanges => {
    if (closed) refuse('the function that says what is to change has returned');
    changes.push(change);
    return builder;
  };

  const builder: TableChanges = {
    addColumn: (name, definition, options = {}) => {
      known('addColumn', options, 'value');
      return add({
        kind: 'add-column',
        column: text('addColumn', 'a name', name),
        definition: typeof definition === 'string' ? definition : refuse(`addColumn() needs a definition as a text`),
        value: optional('addColumn', '`value`', options.value),
      });
    },
    changeColumn: (name, change, options = {}) => {
      const column = text('changeColumn', 'a name', name);
      known('changeColumn', options, 'using');
      const using = optional('changeColumn', '`using`', options.using);
      if (typeof change === 'string') return add({ kind: 'define-column', column, definition: change, value: using });
      if (typeof change !== 'object' || change === null)
        refuse(`changeColumn() needs a definition or an object, not ${shown(change)}`);
      checkColumnChange(change, refuse);
      return add({ kind: 'change-column', column, change, value: change.using ?? using });
    },
    dropColumn: (name) => add({ kind: 'drop-column', column: text('dropColumn', 'a name', name) }),
    renameColumn: (from, to) =>
      add({
        kind: 'rename-column',
        from: text('renameColumn', 'a name', from),
        to: text('renameColumn', 'a new name', to),
      }),
    addCheck: (expression, options = {}) => {
      known('addCheck', options, 'name');
      return add({
        kind: 'add-constraint',
        sql: `${constraintName(optional('addCheck', '`name`', options.name))}CHECK (${text('addCheck', 'an expression', expression)})`,
        check: true,
      });
    },
    addUnique: (columns: Columns, options = {}) => {
      known('addUnique', options, 'name');
      const name = constraintName(optional('addUnique', '`name`', options.name));
      return add({
        kind: 'add-constraint',
        sql: `${name}UNIQUE (${nameList(list('addUnique', columns))})`,
        check: false,
      });
    },
    addForeignKey: (columns: Columns, references: ForeignKeyOptions) => {
      if (typeof references !== 'object' || references === null)
        refuse(`addForeignKey() needs a column and { table: '...' }, not ${shown(references)}`);
      known('addForeignKey', references, 'table', 'columns', 'onDelete', 'onUpdate', 'deferred', 'name');
      const { table: parent, columns: parents, onDelete, onUpdate, deferred, name } = references;
      for (const action of [onDelete, onUpdate])
        if (action !== undefined && !actions.includes(action))
          refuse(`addForeignKey() knows the actions ${actions.join(', ')}, not ${shown(action)}`);
      const parts = [
        `FOREIGN KEY (${nameList(list('addForeignKey', columns))}) REFERENCES ${nameList([text('addForeignKey', '`table`', parent)])}`,
        parents === undefined ? '' : ` (${nameList(list('addForeignKey', parents))})`,
        onDelete === undefined ? '' : ` ON DELETE ${onDelete.toUpperCase()}`,
        onUpdate === undefined ? '' : ` ON UPDATE ${onUpdate.toUpperCase()}`,
        flag('addForeignKey', '`deferred`', deferred) ? ' DEFERRABLE INITIALLY DEFERRED' : '',
      ];
      return add({
        kind: 'add-constraint',
        sql: `${constraintName(optional('addForeignKey', '`name`', name))}${parts.join('')}`,
        check: false,
      });
    },
    dropConstraint: (name) => add({ kind: 'drop-constraint', which: { name: text('dropConstraint', 'a name', name) } }),
    dropCheck: (expression) =>
      add({
        kind: 'drop-constraint',
        which: { kind: 'check', expression: text('dropCheck', 'an expression', expression) },
      }),
    dropUnique: (columns: Columns) =>
      add({ kind: 'drop-constraint', which: { kind: 'unique', columns: list('dropUnique', columns) } }),
    dropForeignKey: (columns: Columns) =>
      add({ kind: 'drop-constraint', which: { kind: 'foreign-key', columns: list('dropForeignKey', columns) } }),
    setPrimaryKey: (columns: Columns, options = {}) => {
      const names = list('setPrimaryKey', columns);
      known('setPrimaryKey', options, 'autoincrement', 'name');
      const autoincrement = flag('setPrimaryKey', '`autoincrement`', options.autoincrement) ? ' AUTOINCREMENT' : '';
      return add({
        kind: 'primary-key',
        sql: `${constraintName(optional('setPrimaryKey', '`name`', options.name))}PRIMARY KEY (${nameList(names)}${autoincrement})`,
      });
    },
    dropPrimaryKey: () => add({ kind: 'primary-key', sql: undefined }),
    strict: (on = true) => add({ kind: 'option', option: 'strict', on: flag('strict', 'its argument', on) }),
    withoutRowid: (on = true) =>
      add({ kind: 'option', option: 'without-rowid', on: flag('withoutRowid', 'its argument', on) }),
  };
  return { builder, changes, close: () => void (closed = true) };
}

const properties = ['type', 'notNull', 'default', 'collate', 'unique', 'using'];

const isText = (value: unknown): boolean => typeof value === 'string';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';

const fitting: Readonly<Record<string, (value: unknown) => boolean>> = {
  notNull: isFlag,
  unique: isFlag,
  default: (value) => isText(value) || value === null || Number.isFinite(value),
  collate: (value) => isText(value) || value === null,
};

function checkColumnChange(change: ColumnChange, refuse: (fact: string) => never): void {
  for (const [name, value] of Object.entries(change)) {
    if (!properties.includes(name)) refuse(`changeColumn() knows ${properties.join(', ')}, not ${name}`);
    const fits = fitting[name] ?? isText;
    if (value !== undefined && !fits(value)) refuse(`changeColumn() cannot use ${shown(value)} for ${name}`);
  }
}

function nameList(names: readonly string[]): string {
  return names.map(quoteIfNeeded).join(', ');
}

function constraintName(name: string | undefined): string {
  return name === undefined ? '' : `CONSTRAINT ${quoteIfNeeded(name)} `;
}
