import type { Chance } from '../../support/schemas/chance.ts';
import { copyStatements, type Copy, type Pair } from './copy.ts';
import { looseTables, forget, rowDefects } from './form-parts.ts';
import { anchor, insertable, q, type Table, type World } from './model.ts';
import { fresh, type Form } from './rebuild-forms.ts';
import { sql } from './steps.ts';

/** Two tables that become one. */
export const mergeForms: Readonly<Record<string, Form>> = {
  'merged by UNION ALL': (chance, world, defect) => merge(chance, world, defect, true),

  'merged by two INSERTs': (chance, world, defect) => merge(chance, world, defect, false),

  'merged into another table': (chance, world, defect) => {
    const [from, into] = chance.shuffled(looseTables(world));
    const change = rowDefects[defect];
    if (from === undefined || into === undefined || (change === undefined && defect !== 'OR IGNORE drops rows'))
      return undefined;
    if (into.options.includes('STRICT') || into.constraints.some((text) => text.startsWith('UNIQUE'))) return undefined;
    const columns = insertable(into).filter(
      ({ name }) => !into.fixed.has(name) && insertable(from).some((one) => one.name === name),
    );
    if (
      columns.length === 0 ||
      insertable(into).some(({ name, clauses }) => name !== 'id' && clauses.includes('NOT NULL'))
    )
      return undefined;
    const hasId = into.key !== 'none';
    const pairs = [
      ...(hasId ? [fillerOf(into, from)] : []),
      ...columns.map(({ name }) => ({ to: name, from: { kind: 'column' as const, column: name } })),
    ];
    const copy: Copy = { pairs, ...change?.(chance, anchor) };
    const ignoring = defect === 'OR IGNORE drops rows';
    const key =
      hasId && ignoring ? [{ to: 'id', from: { kind: 'literal' as const, sql: '1' } }, ...pairs.slice(1)] : pairs;
    const map = new Map(columns.map(({ name }) => [name, name]));
    forget(world, from.name);
    return {
      steps: [
        ...copyStatements(
          chance,
          ignoring ? 'OR IGNORE' : 'columns in order',
          { ...copy, pairs: key },
          q(from.name),
          q(into.name),
          0,
        ).map((text) => sql(text)),
        sql(`DROP TABLE ${q(from.name)}`, (expectation) =>
          expectation.carry(from.name, 'moved', [{ table: into.name, columns: map }]),
        ),
      ],
      style: ignoring ? 'OR IGNORE' : 'columns in order',
    };
  },
};

/** Two tables into one, with a column that identifies their source. */
function merge(chance: Chance, world: World, defect: string, union: boolean): ReturnType<Form> {
  const loose = chance.shuffled(looseTables(world));
  const [a, b] = loose;
  const defects = ['none', 'WHERE in the copy', 'LIMIT in the copy', 'UNION instead of UNION ALL'];
  if (a === undefined || b === undefined || !defects.includes(defect)) return undefined;
  if (defect.startsWith('UNION') && !union) return undefined;
  const name = fresh('merged');
  const carried = [a, b].map((table) => [anchor, chance.pick(insertable(table).slice(1)).name] as const);
  const arms = carried.map(([key, value], index) => {
    const table = [a, b][index]!;
    const { where, limit } = (index === 1 ? (rowDefects[defect]?.(chance, key) ?? {}) : {}) as Copy;
    const label = chance.is(0.8) || !defect.startsWith('UNION') ? `'${table.name}'` : `'one'`;
    const arm = `SELECT ${label}, ${q(key)}, ${q(value)} FROM ${q(table.name)}${where === undefined ? '' : ` WHERE ${where}`}`;
    return limit === undefined ? arm : `SELECT * FROM (${arm}${limit})`;
  });
  const steps = [
    sql(`CREATE TABLE ${name} (source TEXT, key, value)`),
    ...(union
      ? [sql(`INSERT INTO ${name} ${arms.join(defect.startsWith('UNION') ? ' UNION ' : ' UNION ALL ')}`)]
      : arms.map((arm) => sql(`INSERT INTO ${name} ${arm}`))),
    ...[a, b].map((table, index) =>
      sql(`DROP TABLE ${q(table.name)}`, (expectation) =>
        expectation.carry(table.name, 'moved', [
          {
            table: name,
            columns: new Map([
              [carried[index]![0], 'key'],
              [carried[index]![1], 'value'],
            ]),
          },
        ]),
      ),
    ),
  ];
  forget(world, a.name);
  forget(world, b.name);
  return { steps, style: union ? 'UNION ALL' : 'two INSERTs' };
}

/** What fills the key of a table that takes rows of another, so that no key comes twice. */
function fillerOf(into: Table, from: Table): Pair {
  const own = `(SELECT count(*) FROM ${q(from.name)} AS c WHERE c.${q(anchor)} >= ${q(anchor)})`;
  const text = /text|without|nocase|not null/.test(into.key);
  const key = from.options.includes('WITHOUT ROWID') ? own : 'rowid';
  return {
    to: 'id',
    from: { kind: 'expression', sql: text ? `'m' || ${key}` : `${key} + 500`, reads: 'id' },
  };
}
