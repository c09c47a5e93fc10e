import type { Chance } from '../../support/schemas/chance.ts';
import { anchor, insertable, q, type Column, type Table } from './model.ts';
import { affinity } from './values.ts';
import type { Copy, Pair, Style } from './copy.ts';
import { fits, styles } from './copy.ts';
import type { Step } from './steps.ts';

/** A rebuild as intended, or with one defect. */
export interface RebuildPlan {
  readonly old: Table;
  readonly new: Table;
  readonly copy: Copy;
  readonly style: Style;
  /** Where each column of the old table goes. */
  readonly columns: ReadonlyMap<string, string>;
  /** Columns that are computed. */
  readonly computed: readonly string[];
  /** Before the copy, on the table with its old name. */
  readonly before: readonly Step[];
  /** Before and after the copy, on the new table under the name that it has then. */
  readonly onNew: (name: string) => readonly Step[];
  readonly afterCopy: (name: string) => readonly Step[];
  readonly skipsCopy: boolean;
  readonly skipsIndexes: boolean;
  readonly skipsTriggers: boolean;
  /** Whether the indexes are made on another table. */
  readonly indexesElsewhere: boolean;
}

/** What a rebuild may change: it loses only what is intended. */
export function planRebuild(chance: Chance, old: Table, wanted: Style): RebuildPlan {
  const star = wanted.startsWith('SELECT *');
  const rename = star ? undefined : pickRename(chance, old);
  const computes = star || chance.is(0.75) ? undefined : pickComputed(chance, old);
  const pairs: Pair[] = insertable(old).map(({ name }) => ({
    to: name === rename ? `${name}_new` : name,
    from:
      name === computes
        ? {
            kind: 'expression',
            sql: chance.pick([
              `upper(${q(name)})`,
              `coalesce(${q(name)}, 'none')`,
              `trim(${q(name)})`,
              `quote(${q(name)})`,
            ]),
            reads: name,
          }
        : { kind: 'column', column: name },
  }));
  let columns: Column[] = old.columns.map((column) =>
    column.name === rename ? { ...column, name: `${rename}_new` } : column,
  );
  if (wanted === 'SELECT *, NULL' || (wanted !== 'SELECT *' && chance.is(0.3))) {
    const at = columns.findIndex(({ generated }) => generated !== undefined);
    const added: Column = { name: 'added', type: 'TEXT', clauses: chance.is(0.5) && !star ? `DEFAULT 'd'` : '' };
    if (!columns.some(({ name }) => name === 'added')) {
      columns.splice(at < 0 ? columns.length : at, 0, added);
      if (added.clauses === '' || chance.is(0.5))
        pairs.push({ to: 'added', from: { kind: 'literal', sql: star ? 'NULL' : chance.pick(['NULL', `'new'`]) } });
    }
  }
  if (!star && wanted !== 'positional' && chance.is(0.25)) columns = chance.shuffled(columns);
  if (chance.is(0.25)) columns = columns.map((column) => widen(chance, old, column));
  const renamed = (name: string): string => (name === rename ? `${name}_new` : name);
  const next: Table = {
    ...old,
    columns,
    constraints: [...old.constraints, ...chance.maybe(0.15, () => [`CHECK (${q(anchor)} IS NOT 'never')`])],
    indexes: old.indexes.map((index) => ({ ...index, columns: index.columns.map(renamed) })),
    fixed: new Set([...old.fixed].map(renamed)),
  };
  const ordered = wanted === 'positional' ? inOrderOf(next, pairs) : pairs;
  const style = fits(wanted, old, next, ordered) ? wanted : chance.pick(styles.slice(0, 2));
  return {
    old,
    new: next,
    copy: { pairs: ordered },
    style,
    columns: new Map(old.columns.map(({ name }) => [name, renamed(name)])),
    computed: computes === undefined ? [] : [computes],
    before: [],
    onNew: () => [],
    afterCopy: () => [],
    skipsCopy: false,
    skipsIndexes: false,
    skipsTriggers: false,
    indexesElsewhere: false,
  };
}

function inOrderOf(table: Table, pairs: readonly Pair[]): Pair[] {
  return insertable(table).map(
    ({ name }) => pairs.find(({ to }) => to === name) ?? { to: name, from: { kind: 'literal', sql: 'NULL' } },
  );
}

/** Columns without a constraint, an index on an expression or a reader elsewhere. */
export function freeColumns(table: Table): readonly Column[] {
  return insertable(table).filter(({ name }) => !table.fixed.has(name));
}

function pickRename(chance: Chance, table: Table): string | undefined {
  const free = freeColumns(table).filter(({ name }) => !name.endsWith('_new'));
  return chance.is(0.25) && free.length > 0 ? chance.pick(free).name : undefined;
}

function pickComputed(chance: Chance, table: Table): string | undefined {
  const strict = table.options.includes('STRICT');
  const free = freeColumns(table).filter(({ type }) => !strict || type === 'TEXT');
  return free.length > 0 ? chance.pick(free).name : undefined;
}

/** A type that keeps every value: none, or NUMERIC for INTEGER. */
function widen(chance: Chance, table: Table, column: Column): Column {
  if (table.options.includes('STRICT') || table.fixed.has(column.name) || column.generated !== undefined) return column;
  const type = affinity(column.type) === 'INTEGER' && chance.is(0.5) ? 'NUMERIC' : '';
  return { ...column, type };
}
