import type { Chance } from '../../support/schemas/chance.ts';
import { anchor, createIndex, createTable, createTrigger, insertable, keyKinds, q, third } from './model.ts';
import type { Child, Column, Index, KeyKind, Table, Trigger, TriggerWork, World } from './model.ts';
import { literal, strictTypes, types } from './values.ts';

export interface GeneratedSchema {
  readonly world: World;
  readonly sql: readonly string[];
}

const names = ['name', 'email', 'code', 'amount', 'note', 'kind'];

/** Two to four tables, their rows, indexes, triggers and views; one table more for logs and one to join with. */
export function generateSchema(chance: Chance): GeneratedSchema {
  const world: World = { tables: [], triggers: [], views: [], children: [] };
  const sql: string[] = [];
  for (const name of ['tag', 'user', 'item'].slice(0, chance.int(1, 3))) addTable(chance, world, sql, name);
  if (chance.is(0.5)) addChild(chance, world, sql);
  sql.push(
    `CREATE TABLE lookup (k INTEGER PRIMARY KEY, label TEXT)`,
    `INSERT INTO lookup VALUES (0, 'zero'), (1, 'one'), (2, 'two')`,
    `CREATE TABLE log (what TEXT)`,
    `INSERT INTO log VALUES ('begin')`,
  );
  if (chance.is(0.4)) addTrigger(chance, world, sql);
  if (chance.is(0.15)) addTrigger(chance, world, sql);
  if (chance.is(0.2)) addView(chance, world, sql);
  return { world, sql };
}

function addTable(chance: Chance, world: World, sql: string[], name: string): void {
  const table = makeTable(chance, name);
  world.tables.push(table);
  sql.push(createTable(table), ...rowsOf(chance, table, chance.is(0.06) ? 0 : chance.int(2, 7)));
  for (const index of table.indexes.filter(({ unique }) => !unique)) sql.push(createIndex(table, index));
}

function makeTable(chance: Chance, name: string): Table {
  const key = chance.pick(keyKinds);
  // A STRICT table knows no BIGINT.
  const isStrict = chance.is(0.1) && key !== 'bigint primary key';
  const columns = [...keyColumns(key)];
  const constraints = key.startsWith('composite') ? ['PRIMARY KEY ("id", "part")'] : [];
  const fixed = new Set(columns.map((column) => column.name));
  const own = chance.is(0.15) ? [name] : [];
  for (const column of [...own, ...chance.shuffled(names).slice(0, chance.int(2, 3))])
    columns.push({
      name: column,
      type: chance.pick(isStrict ? strictTypes : types),
      clauses: chance.is(0.1) ? 'COLLATE NOCASE' : '',
    });
  const plain = columns.filter((column) => !fixed.has(column.name)).map((column) => column.name);
  const indexes: Index[] = [];
  if (chance.is(0.4)) indexes.push({ name: `${name}_index`, columns: [chance.pick(plain)], unique: false });
  if (chance.is(0.12)) {
    const unique = chance.pick(plain);
    const clause = chance.is(0.3) ? ' ON CONFLICT REPLACE' : '';
    constraints.push(`UNIQUE (${q(unique)})${clause}`);
    fixed.add(unique);
  }
  if (chance.is(0.2)) {
    const of = chance.pick(plain);
    fixed.add(of).add('twice');
    const kept = chance.pick(['VIRTUAL', 'STORED']);
    columns.push({ name: 'twice', type: isStrict ? 'TEXT' : '', clauses: kept, generated: `upper(${q(of)})` });
  }
  const options = [key.endsWith('without rowid') ? 'WITHOUT ROWID' : '', isStrict ? 'STRICT' : ''].filter(Boolean);
  return { name, key, columns, constraints, options: optionText(options), indexes, fixed };
}

function optionText(options: readonly string[]): string {
  return options.length === 0 ? '' : ` ${options.join(', ')}`;
}

function keyColumns(key: KeyKind): readonly Column[] {
  const id = (type: string, clauses: string): readonly Column[] => [{ name: 'id', type, clauses }];
  switch (key) {
    case 'integer primary key':
      return id('INTEGER', 'PRIMARY KEY');
    case 'autoincrement':
      return id('INTEGER', 'PRIMARY KEY AUTOINCREMENT');
    case 'int primary key':
      return id('INT', 'PRIMARY KEY');
    case 'bigint primary key':
      return id('BIGINT', 'PRIMARY KEY');
    case 'text primary key':
    case 'without rowid':
      return id('TEXT', 'PRIMARY KEY');
    case 'nocase primary key':
      return id('TEXT', 'COLLATE NOCASE PRIMARY KEY');
    case 'unique with nulls':
      return id('INT', 'UNIQUE');
    case 'unique not null':
      return id('TEXT', 'NOT NULL UNIQUE');
    case 'none':
      return id('INTEGER', '');
    case 'composite':
    case 'composite without rowid':
      return [...id('INTEGER', 'NOT NULL'), { name: 'part', type: 'TEXT', clauses: 'NOT NULL' }];
  }
}

function rowsOf(chance: Chance, table: Table, count: number): string[] {
  const rows = Array.from({ length: count }, (_, index) => rowOf(chance, table, index + 1));
  return rows.map((row) => `INSERT OR IGNORE INTO ${q(table.name)} (${row.columns}) VALUES (${row.values})`);
}

/** The columns and literals of a row; `number` makes its key. */
export function rowOf(chance: Chance, table: Table, number: number): { columns: string; values: string } {
  const isStrict = table.options.includes('STRICT');
  const columns = insertable(table);
  const values = columns.map((column) => {
    if (column.name === 'id') return keyValue(chance, table, number);
    if (column.name === 'part') return chance.pick([`'x'`, `'y'`, `'Y'`]);
    if (column.name === 'parent') return 'NULL';
    return literal(chance, column.type, isStrict);
  });
  return { columns: columns.map(({ name }) => q(name)).join(', '), values: values.join(', ') };
}

function keyValue(chance: Chance, { key }: Table, number: number): string {
  switch (key) {
    case 'text primary key':
    case 'without rowid':
    case 'unique not null':
      return chance.pick([`'${number}'`, `'0${number}'`, `'k${number}'`, `'${number}.0'`]);
    case 'nocase primary key':
      return chance.pick([`'K${number}'`, `'k${number}'`, `'${number}'`]);
    case 'int primary key':
    case 'unique with nulls':
      return chance.is(0.2) ? 'NULL' : String(number);
    case 'none':
      return chance.is(0.15) ? 'NULL' : String(chance.int(1, 4));
    case 'composite':
    case 'composite without rowid':
      return String(chance.int(1, 4));
    default:
      return String(number);
  }
}

/** A table whose rows refer to one with a key of one column. */
function addChild(chance: Chance, world: World, sql: string[]): void {
  const parents = world.tables.filter(({ key }) => !key.startsWith('composite') && key !== 'none');
  if (parents.length === 0) return;
  const parent = chance.pick(parents);
  const action = chance.pick(['', ' ON DELETE CASCADE', ' ON DELETE SET NULL', ' ON UPDATE CASCADE']);
  const column = {
    name: 'parent',
    type: parent.columns.find(({ name }) => name === anchor)!.type,
    clauses: `REFERENCES ${q(parent.name)} ("id")${action}`,
  };
  const withoutRowid = chance.is(0.2);
  const table: Table = {
    name: 'child',
    key: withoutRowid ? 'without rowid' : 'integer primary key',
    columns: [
      withoutRowid
        ? { name: 'id', type: 'TEXT', clauses: 'PRIMARY KEY' }
        : { name: 'id', type: 'INTEGER', clauses: 'PRIMARY KEY' },
      column,
      { name: 'note', type: 'TEXT', clauses: '' },
    ],
    constraints: [],
    options: withoutRowid ? ' WITHOUT ROWID' : '',
    indexes: [],
    fixed: new Set(['id', 'parent']),
  };
  world.tables.push(table);
  const child: Child = { table: 'child', column: 'parent', parent: parent.name, parentColumn: 'id' };
  world.children.push(child);
  world.tables = world.tables.map((one) => (one === parent ? { ...one, fixed: new Set([...one.fixed, 'id']) } : one));
  sql.push(createTable(table));
  for (let number = 1; number <= chance.int(1, 5); number++) {
    const parentKey = `(SELECT "id" FROM ${q(parent.name)} ORDER BY "id" LIMIT 1 OFFSET ${chance.int(0, 5)})`;
    sql.push(`INSERT INTO child VALUES (${withoutRowid ? `'c${number}'` : number}, ${parentKey}, 'n${number}')`);
  }
  if (chance.is(0.15)) sql.push(`INSERT INTO child VALUES (${withoutRowid ? `'c9'` : 99}, 777, 'orphan')`);
}

function addTrigger(chance: Chance, world: World, sql: string[]): void {
  const trigger = makeTrigger(chance, world, chance.pick(world.tables), `trigger_${world.triggers.length}`);
  world.triggers.push(trigger);
  // What the body names keeps its name.
  const named =
    trigger.work === 'insert' ? (table: Table) => insertable(table) : (table: Table) => insertable(table).slice(-1);
  world.tables = world.tables.map((table) =>
    table.name === trigger.target
      ? { ...table, fixed: new Set([...table.fixed, ...named(table).map((column) => column.name)]) }
      : table,
  );
  sql.push(createTrigger(trigger));
}

/** A trigger on a table, that does one of the things that triggers do. */
export function makeTrigger(
  chance: Chance,
  world: World,
  table: Table,
  name: string,
  work: TriggerWork = chance.pick(['log', 'log', 'delete', 'update', 'insert', 'delete own', 'update own']),
  event: Trigger['event'] = chance.pick(['INSERT', 'INSERT', 'UPDATE', 'DELETE']),
): Trigger {
  const others = world.tables.filter((one) => one.name !== table.name);
  const own = work.endsWith('own') || others.length === 0;
  const target = own ? table : chance.pick(others);
  const base = { name, event, table: table.name, target: target.name };
  const [key, last] = [anchor, insertable(target).at(-1)!.name];
  const rest = chance.int(0, 2);
  switch (work) {
    case 'delete':
    case 'delete own':
      return { ...base, work, body: `DELETE FROM ${q(target.name)} WHERE ${third(key, rest)};` };
    case 'update':
      return {
        ...base,
        work,
        body: `UPDATE OR IGNORE ${q(target.name)} SET ${q(last)} = NULL WHERE ${third(key, rest)};`,
      };
    case 'update own':
      if (event !== 'INSERT') break;
      return {
        ...base,
        work,
        body: `UPDATE OR IGNORE ${q(target.name)} SET ${q(last)} = NULL WHERE ${q(key)} IS new.${q(key)};`,
      };
    case 'insert': {
      const { columns, values } = rowOf(chance, target, chance.int(50, 60));
      return { ...base, work, body: `INSERT OR IGNORE INTO ${q(target.name)} (${columns}) VALUES (${values});` };
    }
    default:
      break;
  }
  return { ...base, target: 'log', work: 'log', body: `INSERT INTO log VALUES ('${event} of ${table.name}');` };
}

function addView(chance: Chance, world: World, sql: string[]): void {
  const table = chance.pick(world.tables);
  const text = `CREATE VIEW "view_0" AS SELECT ${q(anchor)} FROM ${q(table.name)}`;
  world.views.push({ name: 'view_0', table: table.name, text });
  sql.push(text);
}
