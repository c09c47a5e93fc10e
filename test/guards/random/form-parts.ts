import type { Chance } from '../../support/schemas/chance.ts';
import type { Copy, Pair } from './copy.ts';
import { anchor, insertable, q, third, type Table, type World } from './model.ts';
import { rowOf } from './schema.ts';
import { sql, type Step } from './steps.ts';

/** Tables that nothing else names: they may go. */
export function looseTables(world: World): readonly Table[] {
  return world.tables.filter(
    ({ name }) =>
      !world.children.some(({ parent }) => parent === name) &&
      !world.views.some(({ table }) => table === name) &&
      !world.triggers.some(({ target, table }) => target === name || table === name),
  );
}

export function forget(world: World, name: string): void {
  world.tables = world.tables.filter((table) => table.name !== name);
  world.triggers = world.triggers.filter(({ table }) => table !== name);
  world.children = world.children.filter(({ table }) => table !== name);
}

export function refs(table: Table): Pair[] {
  return insertable(table).map(({ name }) => ({ to: name, from: { kind: 'column', column: name } }));
}

export function itself(table: Table): ReadonlyMap<string, string> {
  return new Map(table.columns.map(({ name }) => [name, name]));
}

export function insertStep(
  chance: Chance,
  table: Table,
  name: string,
  number: number,
  verb = 'INSERT OR IGNORE',
): Step {
  const { columns, values } = rowOf(chance, table, number);
  return sql(`${verb} INTO ${q(name)} (${columns}) VALUES (${values})`, (expectation, changes) =>
    expectation.inserted(name, changes),
  );
}

/** Where nothing in the copy can go wrong but which rows it takes. */
export const rowDefects: Readonly<Record<string, (chance: Chance, key: string) => Partial<Copy>>> = {
  none: () => ({}),
  'WHERE in the copy': (chance, key) => ({ where: chance.pick([third(key, chance.int(0, 2)), `${q(key)} > 2`]) }),
  'LIMIT in the copy': (chance) => ({ limit: ` LIMIT ${chance.int(0, 3)}` }),
};

export function typeOf(table: Table, name: string): string {
  return table.columns.find((column) => column.name === name)!.type;
}

export function isComputed(table: Table, name: string): boolean {
  return table.columns.some((column) => column.name === name && column.generated !== undefined);
}

export function renamedTable(table: Table, other: (name: string) => string): Table {
  const columns = table.columns.map((column) => ({
    ...column,
    clauses: column.clauses.replace(/REFERENCES "([^"]+)"/, (_, parent: string) => `REFERENCES ${q(other(parent))}`),
  }));
  return { ...table, name: other(table.name), columns };
}

/** What CREATE TABLE AS makes of a table. */
export function plainTable(old: Table, name: string): Table {
  return {
    name,
    key: 'none',
    columns: old.columns.map((column) => ({ name: column.name, type: '', clauses: '' })),
    constraints: [],
    options: '',
    indexes: [],
    fixed: new Set([anchor]),
  };
}
