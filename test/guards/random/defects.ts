import type { Chance } from '../../support/schemas/chance.ts';
import type { Copy, Pair } from './copy.ts';
import { anchor, createTrigger, insertable, q, third, type Table, type World } from './model.ts';
import { freeColumns, type RebuildPlan } from './rebuild-plan.ts';
import { makeTrigger, rowOf } from './schema.ts';
import { declare, sql, type Step } from './steps.ts';
import { affinity } from './values.ts';

/** Changes a plan into one with a defect; undefined where the table cannot have it. What is expected stays the same. */
type Defect = (plan: RebuildPlan, chance: Chance, world: World) => RebuildPlan | undefined;

const copyWith =
  (change: (chance: Chance, plan: RebuildPlan) => Partial<Copy>): Defect =>
  (plan, chance) => ({ ...plan, copy: { ...plan.copy, ...change(chance, plan) } });

const onPairs =
  (change: (pairs: readonly Pair[], chance: Chance, plan: RebuildPlan) => readonly Pair[] | undefined): Defect =>
  (plan, chance) => {
    const pairs = change(plan.copy.pairs, chance, plan);
    if (pairs === undefined) return undefined;
    return {
      ...plan,
      style: plan.style.startsWith('SELECT *') ? 'positional' : plan.style,
      copy: { ...plan.copy, pairs },
    };
  };

const wheres = (chance: Chance, plan: RebuildPlan): string =>
  chance.pick([
    third(anchor, chance.int(0, 2)),
    `${q(chance.pick(insertable(plan.old)).name)} IS NOT NULL`,
    `${q(chance.pick(insertable(plan.old)).name)} <> ''`,
    `${q(anchor)} > 2`,
  ]);

/** Pairs of plain columns that are not the key. */
function plainPairs(pairs: readonly Pair[], { old }: RebuildPlan): readonly Pair[] {
  return pairs.filter(({ from }) => from.kind === 'column' && !old.fixed.has(from.column));
}

function fillWith(plan: RebuildPlan, chance: Chance, text: string): RebuildPlan | undefined {
  const plain = plainPairs(plan.copy.pairs, plan);
  if (plain.length === 0) return undefined;
  const pair = chance.pick(plain);
  const pairs = plan.copy.pairs.map((one): Pair =>
    one === pair ? { to: one.to, from: { kind: 'literal', sql: text } } : one,
  );
  return { ...plan, style: listed(plan), copy: { ...plan.copy, pairs }, before: doubted(plan, pair) };
}

/**
 * A column that a copy does not carry is to be refused if a value is lost. If none is, because the column held no values
 * or the same ones, both a refusal and none are right.
 */
function doubted(plan: RebuildPlan, { from }: Pair): readonly Step[] {
  const column = from.kind === 'column' ? from.column : '';
  return [
    declare((expectation) => expectation.doubts.push(`${plan.old.name}.${column} is not carried`)),
    ...plan.before,
  ];
}

function uniqueColumn(chance: Chance, table: Table): string | undefined {
  const free = freeColumns(table);
  return free.length === 0 ? undefined : q(chance.pick(free).name);
}

function withUnique(
  plan: RebuildPlan,
  chance: Chance,
  clause: string,
  conflict: string | undefined,
): RebuildPlan | undefined {
  const column = uniqueColumn(chance, plan.new);
  if (column === undefined || plan.old.constraints.some((text) => text.startsWith('UNIQUE'))) return undefined;
  const constraints = [...plan.new.constraints, `UNIQUE (${column})${clause}`];
  const copy = conflict === undefined ? plan.copy : { ...plan.copy, conflict };
  return {
    ...plan,
    style: conflict === undefined ? plan.style : 'columns in order',
    new: { ...plan.new, constraints },
    copy,
  };
}

function newRows(chance: Chance, plan: RebuildPlan, name: string, count: number): Step[] {
  return Array.from({ length: count }, (_, index) => {
    const { columns, values } = rowOf(chance, plan.new, 70 + index);
    return sql(`INSERT OR IGNORE INTO ${q(name)} (${columns}) VALUES (${values})`);
  });
}

export const rebuildDefects: Readonly<Record<string, Defect>> = {
  none: (plan) => plan,
  'WHERE in the copy': copyWith((chance, plan) => ({ where: wheres(chance, plan) })),
  'LIMIT in the copy': copyWith((chance) => ({ limit: ` LIMIT ${chance.int(0, 3)}` })),
  'JOIN drops rows': (plan, chance) => joined(plan, chance, `CAST(${q(anchor)} AS INTEGER) % 4`),
  'JOIN repeats rows': (plan, chance) => joined(plan, chance, `lookup.k`),
  DISTINCT: copyWith(() => ({ distinct: true })),
  'columns swapped': onPairs((pairs, chance, plan) => {
    const [a, b] = chance.shuffled(plainPairs(pairs, plan).filter(isKept));
    if (a === undefined || b === undefined) return undefined;
    return pairs.map((pair) => (pair === a ? { ...a, from: b.from } : pair === b ? { ...b, from: a.from } : pair));
  }),
  'columns displaced': (plan, chance) => displace(plan, chance),
  'constant instead of a column': (plan, chance) => fillWith(plan, chance, chance.pick([`'x'`, '0', `''`])),
  'NULL instead of a column': (plan, chance) => fillWith(plan, chance, 'NULL'),
  'column not filled': (plan, chance) => {
    const plain = plainPairs(plan.copy.pairs, plan);
    if (plain.length === 0) return undefined;
    const pair = chance.pick(plain);
    const pairs = plan.copy.pairs.filter((one) => one !== pair);
    return {
      ...plan,
      style: listed(plan),
      copy: { ...plan.copy, pairs },
      before: doubted(plan, pair),
    };
  },
  'column forgotten': (plan, chance) => {
    const plain = plainPairs(plan.copy.pairs, plan);
    if (plain.length === 0) return undefined;
    const pair = chance.pick(plain);
    const next = {
      ...plan.new,
      columns: plan.new.columns.filter(({ name }) => name !== pair.to),
      indexes: plan.new.indexes.filter(({ columns }) => !columns.includes(pair.to)),
    };
    const pairs = plan.copy.pairs.filter((one) => one !== pair);
    return { ...plan, style: listed(plan), new: next, copy: { ...plan.copy, pairs } };
  },
  'type changed': (plan, chance) => {
    const free = freeColumns(plan.new).filter(({ name }) => name !== 'added');
    if (free.length === 0 || plan.old.options.includes('STRICT')) return undefined;
    const column = chance.pick(free);
    const type = chance.pick(
      ['INTEGER', 'REAL', 'NUMERIC', 'INT', 'TEXT'].filter((one) => affinity(one) !== affinity(column.type)),
    );
    return {
      ...plan,
      new: { ...plan.new, columns: plan.new.columns.map((one) => (one === column ? { ...one, type } : one)) },
    };
  },
  'copy forgotten': (plan) => ({
    ...plan,
    skipsCopy: true,
    // No column of an empty table is lost that the new one has. That none is carried is seen all the same.
    before: [
      declare((expectation) => expectation.doubts.push(`nothing of ${plan.old.name} is carried`)),
      ...plan.before,
    ],
  }),
  'index forgotten': (plan) => (plan.old.indexes.length === 0 ? undefined : { ...plan, skipsIndexes: true }),
  'index made on another table': (plan) =>
    plan.old.indexes.length === 0 ? undefined : { ...plan, skipsIndexes: true, indexesElsewhere: true },
  'trigger forgotten': (plan, _, world) =>
    world.triggers.some(({ table }) => table === plan.old.name) ? { ...plan, skipsTriggers: true } : undefined,
  'trigger on the new table removes rows': (plan, chance, world) => ({
    ...plan,
    onNew: (name) => trapped(chance, world, { ...plan.new, name }, 'delete own'),
    afterCopy: (name) => [sql('DROP TRIGGER while_copying'), ...plan.afterCopy(name)],
  }),
  'trigger on the new table changes values': (plan, chance, world) => ({
    ...plan,
    onNew: (name) => trapped(chance, world, { ...plan.new, name }, 'update own'),
    afterCopy: (name) => [sql('DROP TRIGGER while_copying'), ...plan.afterCopy(name)],
  }),
  'trigger on the new table removes rows elsewhere': (plan, chance, world) => ({
    ...plan,
    onNew: (name) => trapped(chance, world, { ...plan.new, name }, 'delete'),
    afterCopy: (name) => [sql('DROP TRIGGER while_copying'), ...plan.afterCopy(name)],
  }),
  'OR IGNORE drops rows': (plan, chance) => withUnique(plan, chance, '', 'OR IGNORE'),
  'OR REPLACE removes rows': (plan, chance) => withUnique(plan, chance, '', 'OR REPLACE'),
  'ON CONFLICT REPLACE removes rows': (plan, chance) => withUnique(plan, chance, ' ON CONFLICT REPLACE', undefined),
  'WHERE beside a DELETE of nothing': (plan, chance) => ({
    ...plan,
    copy: { ...plan.copy, where: wheres(chance, plan) },
    before: [...plan.before, sql(`DELETE FROM ${q(plan.old.name)} WHERE ${q(anchor)} = 'nobody'`)],
  }),
  'WHERE beside a DELETE of another row': (plan, chance) => {
    const rest = chance.int(0, 2);
    const column = plan.columns.get(anchor)!;
    return {
      ...plan,
      copy: { ...plan.copy, where: `(${third(anchor, rest)}) OR ${q(anchor)} > 3` },
      afterCopy: (name) => [...plan.afterCopy(name), deleteStep(name, plan.old.name, anchor, column, rest)],
    };
  },
  'WHERE beside new rows': (plan, chance) => ({
    ...plan,
    copy: { ...plan.copy, where: wheres(chance, plan) },
    afterCopy: (name) => [...plan.afterCopy(name), ...newRows(chance, plan, name, 3)],
  }),
  'WHERE beside rows inserted and deleted': (plan, chance) => ({
    ...plan,
    copy: { ...plan.copy, where: wheres(chance, plan) },
    afterCopy: (name) => [
      ...plan.afterCopy(name),
      ...newRows(chance, plan, name, 1),
      sql(`DELETE FROM ${q(name)} WHERE CAST(${q(plan.columns.get(anchor)!)} AS INTEGER) = 70`),
    ],
  }),
  'rowid alias lost': (plan, chance) => {
    if (plan.old.key !== 'integer primary key' && plan.old.key !== 'autoincrement') return undefined;
    const id = chance.pick([
      'INT PRIMARY KEY',
      'BIGINT PRIMARY KEY',
      'INTEGER',
      'INTEGER UNIQUE',
      'INT NOT NULL PRIMARY KEY',
    ]);
    const [type, ...clauses] = id.split(' ');
    if (plan.old.options.includes('STRICT') && type === 'BIGINT') return undefined;
    const column = plan.columns.get('id');
    return {
      ...plan,
      new: {
        ...plan.new,
        columns: plan.new.columns.map((one) =>
          one.name === column ? { ...one, type: type!, clauses: clauses.join(' ') } : one,
        ),
      },
    };
  },
  'AUTOINCREMENT lost': (plan) => {
    if (plan.old.key !== 'autoincrement') return undefined;
    const columns = plan.new.columns.map((one) => (one.name === 'id' ? { ...one, clauses: 'PRIMARY KEY' } : one));
    return { ...plan, new: { ...plan.new, columns } };
  },
  'generated column becomes plain': (plan) => {
    if (!plan.new.columns.some(({ generated }) => generated !== undefined)) return undefined;
    const columns = plan.new.columns.map(({ generated, ...one }) =>
      generated === undefined ? one : { ...one, clauses: '' },
    );
    // A list is needed: there is one column more to fill than the copy knows.
    return { ...plan, style: listed(plan), new: { ...plan.new, columns } };
  },
  'UNIQUE of the key lost': (plan) => {
    if (!/unique|text|int primary|bigint|nocase/.test(plan.old.key)) return undefined;
    const columns = plan.new.columns.map((one) => (one.name === 'id' ? { ...one, clauses: '' } : one));
    return { ...plan, new: { ...plan.new, columns } };
  },
  'children left without parents': (plan, chance, world) => {
    const children = world.children.filter(({ parent }) => parent === plan.old.name);
    if (children.length === 0) return undefined;
    const column = plan.columns.get('id')!;
    const rest = chance.int(0, 2);
    if (chance.is(0.5))
      return {
        ...plan,
        afterCopy: (name) => [...plan.afterCopy(name), deleteStep(name, plan.old.name, 'id', column, rest)],
      };
    const value = `${q('id')} || '9'`;
    return {
      ...plan,
      afterCopy: (name) => [
        ...plan.afterCopy(name),
        sql(`UPDATE OR IGNORE ${q(name)} SET ${q(column)} = ${value} WHERE ${third(column, rest)}`, (expectation) =>
          expectation.compute(plan.old.name, ['id']),
        ),
      ],
    };
  },
};

/** A DELETE that says itself, from the table under whichever name it has at that moment. */
export function deleteStep(name: string, oldName: string, oldColumn: string, column: string, rest: number): Step {
  return sql(`DELETE FROM ${q(name)} WHERE ${third(column, rest)}`, (expectation) =>
    expectation.delete(oldName, oldColumn, (own) => third(own, rest)),
  );
}

function listed({ style }: RebuildPlan): RebuildPlan['style'] {
  return style === 'positional' || style.startsWith('SELECT *') ? 'columns in order' : style;
}

function joined(plan: RebuildPlan, chance: Chance, on: string): RebuildPlan | undefined {
  // The columns would be ambiguous.
  if (plan.old.columns.some(({ name }) => name === 'k' || name === 'label')) return undefined;
  const style = chance.pick(['columns in order', 'CTE', 'subquery', 'aliases'] as const);
  return { ...plan, style, copy: { ...plan.copy, join: ` JOIN lookup ON ${on} = lookup.k` } };
}

/**
 * The new table has its columns in another order, and the copy is by position. Excludes columns that are renamed or
 * computed at the same time: which of two names was intended for them is unknown.
 */
function displace(plan: RebuildPlan, chance: Chance): RebuildPlan | undefined {
  const names = insertable(plan.new).map(({ name }) => name);
  const sources = names.map((name) => plan.copy.pairs.find(({ to }) => to === name));
  if (sources.some((pair) => pair === undefined)) return undefined;
  const free = new Set(freeColumns(plan.new).map(({ name }) => name));
  const plain = sources.filter((pair) => free.has(pair!.to) && isKept(pair!)).map((pair) => pair!.to);
  const moved = chance.shuffled(plain);
  if (plain.length < 2 || moved.every((name, index) => name === plain[index])) return undefined;
  let at = 0;
  const reordered = names.map((name) => (plain.includes(name) ? moved[at++]! : name));
  const byName = new Map(plan.new.columns.map((column) => [column.name, column]));
  const generated = plan.new.columns.filter((column) => column.generated !== undefined);
  const columns = [...reordered.map((name) => byName.get(name)!), ...generated];
  const pairs = reordered.map((to, index) => ({ to, from: sources[index]!.from }));
  return { ...plan, style: 'positional', new: { ...plan.new, columns }, copy: { ...plan.copy, pairs } };
}

/** Whether a column keeps its name, or is new. */
function isKept({ to, from }: Pair): boolean {
  return from.kind === 'literal' || (from.kind === 'column' && from.column === to);
}

/** A trigger that is there while the copy runs. */
function trapped(chance: Chance, world: World, table: Table, work: 'delete' | 'delete own' | 'update own'): Step[] {
  const trigger = makeTrigger(chance, world, table, 'while_copying', work, 'INSERT');
  return [sql(createTrigger(trigger))];
}
