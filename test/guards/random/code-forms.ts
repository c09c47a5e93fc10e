import { copyStatements, type Copy } from './copy.ts';
import { refs, itself, rowDefects } from './form-parts.ts';
import { anchor, createIndex, createTable, insertable, q, replaceTable, type Table } from './model.ts';
import { fresh, pickTable, type Form } from './rebuild-forms.ts';
import { freeColumns } from './rebuild-plan.ts';
import { sql, type Step } from './steps.ts';

/** Tables that a function rebuilds. */
export const codeForms: Readonly<Record<string, Form>> = {
  'rows copied in code': (chance, world, defect) => {
    const change = defect === 'copy forgotten' ? () => ({ where: '0' }) : rowDefects[defect];
    if (change === undefined) return undefined;
    const old = pickTable(chance, world, defect);
    if (world.views.length > 0 || world.triggers.length > 0) return undefined;
    const name = fresh('new');
    const list = insertable(old)
      .map((column) => q(column.name))
      .join(', ');
    const { where, limit }: Partial<Copy> = change(chance, anchor);
    const filter = `${where === undefined ? '' : ` WHERE ${where}`}${limit ?? ''}`;
    const steps: Step[] = [
      sql(createTable(old, name)),
      {
        kind: 'rows',
        select: `SELECT ${list} FROM ${q(old.name)}${filter}`,
        insert: `INSERT INTO ${name} (${list}) VALUES (${insertable(old)
          .map(() => '?')
          .join(', ')})`,
      },
      sql(`DROP TABLE ${q(old.name)}`, (expectation) => {
        const expected = expectation.find(old.name);
        if (expected !== undefined) expected.counted = true;
        expectation.carry(old.name, 'rebuilt', [{ table: old.name, columns: itself(old) }]);
      }),
      sql(`ALTER TABLE ${name} RENAME TO ${q(old.name)}`),
      ...old.indexes.map((index) => sql(createIndex(old, index))),
    ];
    return { steps, style: 'row by row', code: true };
  },

  'db.rebuildTable': (chance, world, defect) => {
    if (!['none', 'type changed', 'column forgotten'].includes(defect)) return undefined;
    const old = pickTable(chance, world, defect);
    const strict = old.options.includes('STRICT');
    const free = freeColumns(old).filter(({ name }) => !old.indexes.some(({ columns }) => columns.includes(name)));
    if (free.length === 0 || strict || world.views.length > 0 || world.triggers.length > 0) return undefined;
    const column = chance.pick(free);
    const type = defect === 'type changed' ? chance.pick(['INTEGER', 'REAL', 'TEXT', 'NUMERIC']) : '';
    const drop = defect === 'column forgotten';
    const calls: [string, ...unknown[]][] = drop
      ? [['dropColumn', column.name]]
      : [['changeColumn', column.name, { type: type === '' ? 'BLOB' : type }]];
    if (!drop && chance.is(0.5)) calls.push(['addCheck', `${q(anchor)} IS NOT 'never'`]);
    const table: Table = {
      ...old,
      columns: drop
        ? old.columns.filter((one) => one !== column)
        : old.columns.map((one) => (one === column ? { ...one, type: type === '' ? 'BLOB' : type } : one)),
    };
    const name = fresh('new');
    const pairs = refs(table);
    const byHand = [
      createTable(table, name),
      ...copyStatements(chance, 'columns in order', { pairs }, q(old.name), name, 0),
      `DROP TABLE ${q(old.name)}`,
      `ALTER TABLE ${name} RENAME TO ${q(old.name)}`,
      ...old.indexes.map((index) => createIndex(table, index)),
    ];
    const declare: Step['declare'] = (expectation) => {
      if (drop) expectation.excuse(old.name, [column.name]);
      expectation.carry(old.name, 'rebuilt', [{ table: old.name, columns: itself(old) }]);
    };
    replaceTable(world, old.name, table);
    return { steps: [{ kind: 'rebuild', table: old.name, calls, byHand, declare }], style: 'in code', code: true };
  },
};
