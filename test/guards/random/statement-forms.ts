import { deleteStep } from './defects.ts';
import { insertStep } from './form-parts.ts';
import { anchor, createTrigger, insertable, q, tableOf, third } from './model.ts';
import { fresh, pickTable, type Form } from './rebuild-forms.ts';
import { freeColumns } from './rebuild-plan.ts';
import { makeTrigger, rowOf } from './schema.ts';
import { sql, type Step } from './steps.ts';

/** Statements that change rows in place. */
export const statementForms: Readonly<Record<string, Form>> = {
  'statements in place': (chance, world, defect) => {
    const table = pickTable(chance, world, defect);
    const key = anchor;
    const rest = chance.int(0, 2);
    const remove = deleteStep(table.name, table.name, key, key, rest);
    const update = (): Step[] => {
      const free = freeColumns(table);
      if (free.length === 0 || table.options.includes('STRICT')) return [];
      const { name } = chance.pick(free);
      return [
        sql(`UPDATE ${q(table.name)} SET ${q(name)} = 'set' WHERE ${third(key, rest)}`, (expectation) =>
          expectation.update(table.name, name, `'set'`, [key, (own) => third(own, rest)]),
        ),
      ];
    };
    const replace = (): Step => {
      const { columns, values } = rowOf(chance, table, chance.int(1, 5));
      return sql(`INSERT OR REPLACE INTO ${q(table.name)} (${columns}) VALUES (${values})`, (expectation, changes) =>
        // A key, and one more constraint.
        expectation.replaced(table.name, changes * 2),
      );
    };
    const insert = (): Step => insertStep(chance, table, table.name, chance.int(30, 40));
    const trigger = (work: 'delete' | 'delete own', event: 'INSERT' | 'DELETE'): Step =>
      sql(createTrigger(makeTrigger(chance, world, table, fresh('made'), work, event)));
    switch (defect) {
      case 'none':
        return { steps: chance.some([remove, ...update(), replace(), insert()], 3), style: '-' };
      case 'trigger removes rows elsewhere':
        return { steps: [trigger('delete', 'INSERT'), insert()], style: '-' };
      case 'DELETE of nothing beside a trigger':
        return {
          steps: [
            sql(`DELETE FROM ${q(table.name)} WHERE ${q(key)} = 'nobody'`),
            trigger('delete own', 'INSERT'),
            insert(),
          ],
          style: '-',
        };
      case 'DELETE whose trigger removes more':
        return { steps: [trigger(chance.is(0.5) ? 'delete' : 'delete own', 'DELETE'), remove], style: '-' };
      case 'children left without parents': {
        const child = world.children.find(({ parent }) => parent === table.name);
        if (child === undefined) return undefined;
        const childTable = tableOf(world, child.table);
        const orphan = rowOf(chance, childTable, 61);
        const steps = [
          remove,
          sql(`UPDATE OR IGNORE ${q(table.name)} SET "id" = "id" || '9' WHERE ${third('id', rest)}`, (expectation) =>
            expectation.compute(table.name, ['id']),
          ),
          sql(`INSERT INTO ${q(child.table)} (${orphan.columns}) VALUES (${orphan.values.replace('NULL', `'55555'`)})`),
          sql(`UPDATE ${q(child.table)} SET ${q(child.column)} = '888' WHERE ${third(anchor, rest)}`, (expectation) =>
            expectation.compute(child.table, [child.column]),
          ),
          sql(
            `UPDATE ${q(child.table)} SET ${q(child.column)} = '888' WHERE ${q(child.column)} = '777'`,
            (expectation) => expectation.compute(child.table, [child.column]),
          ),
        ];
        const trigger = [
          sql(
            `CREATE TRIGGER moves_keys AFTER INSERT ON log BEGIN UPDATE OR IGNORE ${q(table.name)} SET "id" = "id" || '9'; END`,
          ),
          sql(`INSERT INTO log VALUES ('x')`, (expectation) => expectation.compute(table.name, ['id'])),
          sql(`DROP TRIGGER moves_keys`),
        ];
        return { steps: chance.is(0.2) ? trigger : [chance.pick(steps)], style: '-' };
      }
      default:
        return undefined;
    }
  },

  upsert: (chance, world, defect) => {
    if (!['none', 'children left without parents'].includes(defect)) return undefined;
    const tables = world.tables.filter(({ key }) => !/composite|none|nulls/.test(key));
    if (tables.length === 0) return undefined;
    const table = defect === 'none' ? chance.pick(tables) : pickTable(chance, world, defect);
    const free = defect === 'none' ? freeColumns(table) : table.columns.filter((column) => column.name === anchor);
    if (free.length === 0 || /composite|none/.test(table.key)) return undefined;
    const { name } = chance.pick(free);
    const { columns, values } = rowOf(chance, table, chance.int(1, 5));
    const to = defect === 'none' ? `excluded.${q(name)}` : `${q(name)} || '77'`;
    return {
      steps: [
        sql(
          `INSERT INTO ${q(table.name)} (${columns}) VALUES (${values}) ON CONFLICT ("id") DO UPDATE SET ${q(name)} = ${to}`,
          (expectation) => expectation.compute(table.name, [name]),
        ),
      ],
      style: '-',
    };
  },

  'DELETE and refill': (chance, world, defect) => {
    if (defect !== 'none') return undefined;
    const table = chance.pick(world.tables);
    const list = insertable(table)
      .map((column) => q(column.name))
      .join(', ');
    const kept = fresh('kept');
    return {
      steps: [
        sql(`CREATE TEMP TABLE ${kept} AS SELECT ${list} FROM ${q(table.name)}`),
        sql(`DELETE FROM ${q(table.name)}`, (expectation) => expectation.delete(table.name, undefined, () => '1')),
        sql(`INSERT INTO ${q(table.name)} (${list}) SELECT ${list} FROM ${kept}`),
        sql(`DROP TABLE ${kept}`),
      ],
      style: '-',
    };
  },
};
