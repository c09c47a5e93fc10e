import type { Chance } from '../../support/schemas/chance.ts';
import { copyStatements, type Copy, type Style } from './copy.ts';
import { deleteStep, rebuildDefects } from './defects.ts';
import {
  anchor,
  createIndex,
  createTable,
  createTrigger,
  q,
  replaceTable,
  third,
  type Table,
  type World,
} from './model.ts';
import { freeColumns, planRebuild, type RebuildPlan } from './rebuild-plan.ts';
import { declare, sql, type Step } from './steps.ts';

/** What a form makes of a schema and a defect; undefined where they do not go together. */
export interface Made {
  readonly steps: readonly Step[];
  readonly style: string;
  readonly destructive?: readonly string[];
  /** Steps of a migration before it. */
  readonly prelude?: readonly Step[];
  readonly code?: boolean;
}

export type Form = (chance: Chance, world: World, defect: string, style: Style) => Made | undefined;

type Order = (plan: RebuildPlan, chance: Chance, world: World) => Step[];

/** Names for tables in between: one table is rebuilt more than once in a case. */
let counter = 0;
export function fresh(word: string): string {
  return `${word}_${counter++}`;
}
export function resetNames(): void {
  counter = 0;
}

export const rebuildForms: Readonly<Record<string, Form>> = {
  'create, copy, drop, rename': rebuilt((plan, chance, world) => {
    const name = fresh('new');
    return [
      sql(createTable(plan.new, q(name))),
      ...plan.onNew(name),
      ...copied(chance, plan, plan.copy, q(plan.old.name), q(name)),
      ...plan.afterCopy(name),
      sql(`DROP TABLE ${q(plan.old.name)}`),
      ...renamed(chance, world, plan.old, name, plan.old.name),
    ];
  }),
  'rename first': rebuilt((plan, chance, world) => {
    const name = fresh('old');
    return [
      ...renamed(chance, world, plan.old, plan.old.name, name, chance.is(0.06)),
      sql(createTable(plan.new)),
      ...plan.onNew(plan.old.name),
      ...copied(chance, plan, plan.copy, q(name), q(plan.old.name)),
      ...plan.afterCopy(plan.old.name),
      sql(`DROP TABLE ${q(name)}`),
    ];
  }),
  'through a temporary table': rebuilt((plan, chance) => through(plan, chance, 'TEMP ', 'temp.')),
  'DROP and CREATE from a saved copy': rebuilt((plan, chance) => through(plan, chance, '', '')),
  'chain of temporary tables': rebuilt((plan, chance, world) => {
    const [one, two, name] = [fresh('first'), fresh('second'), fresh('new')];
    const legs = splitCopy(plan, chance);
    return [
      sql(`CREATE TEMP TABLE ${one} AS SELECT * FROM ${q(plan.old.name)}${legs.first}`),
      sql(`CREATE TEMP TABLE ${two} AS SELECT * FROM ${one}`),
      sql(createTable(plan.new, q(name))),
      ...plan.onNew(name),
      ...copied(chance, plan, legs.second, two, q(name)),
      ...plan.afterCopy(name),
      sql(`DROP TABLE ${one}`),
      sql(`DROP TABLE ${two}`),
      sql(`DROP TABLE ${q(plan.old.name)}`),
      ...renamed(chance, world, plan.old, name, plan.old.name),
    ];
  }),
  'beside a safety copy': rebuilt((plan, chance, world) => {
    const name = fresh('new');
    return [
      sql(`CREATE TABLE ${fresh('backup')} AS SELECT * FROM ${q(plan.old.name)}`),
      sql(createTable(plan.new, q(name))),
      ...plan.onNew(name),
      ...copied(chance, plan, plan.copy, q(plan.old.name), q(name)),
      ...plan.afterCopy(name),
      sql(`DROP TABLE ${q(plan.old.name)}`),
      ...renamed(chance, world, plan.old, name, plan.old.name),
    ];
  }, true),
  'beside a log of its keys': rebuilt((plan, chance, world) => {
    const [name, log] = [fresh('new'), fresh('log')];
    return [
      sql(`CREATE TABLE ${log} (key, at TEXT DEFAULT CURRENT_DATE)`),
      sql(`INSERT INTO ${log} (key) SELECT ${q(anchor)} FROM ${q(plan.old.name)}`),
      sql(createTable(plan.new, q(name))),
      ...plan.onNew(name),
      ...copied(chance, plan, plan.copy, q(plan.old.name), q(name)),
      ...plan.afterCopy(name),
      sql(`DROP TABLE ${q(plan.old.name)}`),
      ...renamed(chance, world, plan.old, name, plan.old.name),
    ];
  }),
  'rebuilt twice': (chance, world, defect, style) => {
    const first = rebuildForms['create, copy, drop, rename']!;
    const one = first(chance, world, 'none', 'columns in order');
    const two = chance.pick([first, rebuildForms['rename first']!])(chance, world, defect, style);
    if (one === undefined || two === undefined) return undefined;
    return { steps: [...one.steps, ...two.steps], style: two.style, destructive: two.destructive ?? [] };
  },
  'rebuilt by statements in code': (chance, world, defect, style) => {
    const made = rebuildForms['create, copy, drop, rename']!(chance, world, defect, style);
    return made === undefined ? undefined : { ...made, code: true };
  },
};

/** Defects after which a column's values are only where a copy of the whole table keeps them. */
const uncarried = new Set([
  'column forgotten',
  'column not filled',
  'constant instead of a column',
  'NULL instead of a column',
]);

/** A form that rebuilds one table in some order of statements; `keepsAll`: beside a copy that stays. */
function rebuilt(order: Order, keepsAll = false): Form {
  return (chance, world, defect, style) => {
    const old = pickTable(chance, world, defect);
    const clean = decorate(chance, planRebuild(chance, old, style));
    const plan = rebuildDefects[defect]?.(clean, chance, world);
    if (plan === undefined) return undefined;
    const steps: Step[] = [
      declare((expectation) => {
        const made = old.columns.filter(({ name }) => !expectation.knows(old.name, name));
        if (defect !== 'none' && made.length > 0) expectation.doubts.push(`${made[0]!.name} is new in this migration`);
      }),
      ...plan.before,
      ...order(plan, chance, world),
      ...dependents(plan, world),
      declare((expectation) => {
        const expected = expectation.find(old.name);
        if (expected !== undefined) expected.heldElsewhere = keepsAll && uncarried.has(defect);
        expectation.compute(old.name, plan.computed);
        expectation.carry(old.name, 'rebuilt', [{ table: old.name, columns: clean.columns }]);
      }),
    ];
    const after = plan.skipsIndexes ? { ...plan.new, indexes: [] } : plan.new;
    replaceTable(world, old.name, after);
    const free = freeColumns(after).filter(({ name }) => !name.endsWith('_new'));
    if (chance.is(0.1) && free.length > 0) {
      const { name } = chance.pick(free);
      steps.push(renameColumn(world, after, name, `${name}_new`));
    }
    if (plan.skipsTriggers) world.triggers = world.triggers.filter(({ table }) => table !== old.name);
    return { steps, style: plan.style };
  };
}

/** ALTER TABLE ... RENAME COLUMN, followed by the generator. */
function renameColumn(world: World, table: Table, from: string, to: string): Step {
  replaceTable(world, table.name, {
    ...table,
    columns: table.columns.map((column) => (column.name === from ? { ...column, name: to } : column)),
    indexes: table.indexes.map((index) => ({
      ...index,
      columns: index.columns.map((name) => (name === from ? to : name)),
    })),
  });
  return sql(`ALTER TABLE ${q(table.name)} RENAME COLUMN ${q(from)} TO ${q(to)}`, (expectation) =>
    expectation.renameColumn(table.name, from, to),
  );
}

/** A table that can have the defect, if there is one. */
export function pickTable(chance: Chance, world: World, defect: string): Table {
  const wanted = world.tables.filter((table) => {
    if (defect.startsWith('AUTOINCREMENT')) return table.key === 'autoincrement';
    if (defect.startsWith('rowid alias')) return /^(?:autoincrement|integer)/.test(table.key);
    if (/generated/.test(defect)) return table.columns.some(({ generated }) => generated !== undefined);
    if (defect.startsWith('index')) return table.indexes.length > 0;
    if (/trigger forgotten/.test(defect)) return world.triggers.some((trigger) => trigger.table === table.name);
    if (/children/.test(defect)) return world.children.some(({ parent }) => parent === table.name);
    return true;
  });
  return chance.pick(wanted.length > 0 ? wanted : world.tables);
}

/** What else a migration does with the rows, and says plainly. */
function decorate(chance: Chance, plan: RebuildPlan): RebuildPlan {
  const { old } = plan;
  const key = anchor;
  const newKey = plan.columns.get(key)!;
  let next = plan;
  if (chance.is(0.1)) next = { ...next, before: [deleteStep(old.name, old.name, key, key, chance.int(0, 2))] };
  const after: ((name: string) => Step)[] = [];
  if (chance.is(0.1)) {
    const rest = chance.int(0, 2);
    after.push((name) => deleteStep(name, old.name, key, newKey, rest));
  }
  const free = freeColumns(old).filter(({ name }) => !plan.computed.includes(name));
  if (chance.is(0.15) && free.length > 0 && !old.options.includes('STRICT')) {
    const column = chance.pick(free).name;
    const [rest, value] = [chance.int(0, 2), chance.pick([`'set'`, 'NULL', '5'])];
    after.push((name) =>
      sql(
        `UPDATE ${q(name)} SET ${q(plan.columns.get(column)!)} = ${value} WHERE ${third(newKey, rest)}`,
        (expectation) => expectation.update(old.name, column, value, [key, (own) => third(own, rest)]),
      ),
    );
  }
  if (after.length > 0) next = { ...next, afterCopy: (name) => after.map((make) => make(name)) };
  return next;
}

function through(plan: RebuildPlan, chance: Chance, kind: string, schema: string): Step[] {
  const name = fresh('kept');
  const legs = splitCopy(plan, chance);
  return [
    sql(`CREATE ${kind}TABLE ${name} AS SELECT * FROM ${q(plan.old.name)}${legs.first}`),
    sql(`DROP TABLE ${q(plan.old.name)}`),
    sql(createTable(plan.new)),
    ...plan.onNew(plan.old.name),
    ...copied(chance, plan, legs.second, `${schema}${name}`, q(plan.old.name)),
    ...plan.afterCopy(plan.old.name),
    sql(`DROP TABLE ${schema}${name}`),
  ];
}

/** Of a copy in two legs, where the defect is. */
function splitCopy(plan: RebuildPlan, chance: Chance): { first: string; second: Copy } {
  const { where, limit, ...rest } = plan.copy;
  if ((where === undefined && limit === undefined) || chance.is(0.5)) return { first: '', second: plan.copy };
  return { first: `${where === undefined ? '' : ` WHERE ${where}`}${limit ?? ''}`, second: rest };
}

function copied(chance: Chance, plan: RebuildPlan, copy: Copy, source: string, target: string): Step[] {
  if (plan.skipsCopy) return [];
  return copyStatements(chance, plan.style, copy, source, target, counter++).map((text) => sql(text));
}

/** A RENAME that the views and triggers which name either table survive. */
function renamed(chance: Chance, world: World, table: Table, from: string, to: string, careless = false): Step[] {
  const named =
    world.views.length > 0 || world.triggers.length > 0 || world.children.some(({ parent }) => parent === table.name);
  const rename = sql(`ALTER TABLE ${q(from)} RENAME TO ${q(to)}`);
  const legacy = !careless && (named || chance.is(0.1));
  return legacy ? [sql('PRAGMA legacy_alter_table = ON'), rename, sql('PRAGMA legacy_alter_table = OFF')] : [rename];
}

/** Indexes and triggers that went with the old table. */
function dependents(plan: RebuildPlan, world: World): Step[] {
  const indexes = plan.skipsIndexes ? [] : plan.new.indexes.map((index) => sql(createIndex(plan.new, index)));
  const triggers = plan.skipsTriggers ? [] : world.triggers.filter(({ table }) => table === plan.old.name);
  const elsewhere = plan.indexesElsewhere
    ? plan.old.indexes.map(({ name }) => sql(`CREATE INDEX ${q(name)} ON lookup (label)`))
    : [];
  return [...indexes, ...elsewhere, ...triggers.map((trigger) => sql(createTrigger(trigger)))];
}
