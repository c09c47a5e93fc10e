import { copyStatements, type Copy } from './copy.ts';
import { rebuildDefects } from './defects.ts';
import type { Part } from './expectation.ts';
import { looseTables, forget, refs, itself, rowDefects, typeOf, isComputed, plainTable } from './form-parts.ts';
import { anchor, createIndex, createTable, insertable, q, third, replaceTable, type Table } from './model.ts';
import { fresh, type Form } from './rebuild-forms.ts';
import { freeColumns, planRebuild } from './rebuild-plan.ts';
import { declare, sql } from './steps.ts';

/** Rows that go to another table. */
export const moveForms: Readonly<Record<string, Form>> = {
  'moved to another name': (chance, world, defect, style) => {
    const loose = looseTables(world);
    if (loose.length === 0) return undefined;
    const old = chance.pick(loose);
    const clean = planRebuild(chance, old, style);
    const plan = rebuildDefects[defect]?.(clean, chance, world);
    if (plan === undefined || plan.skipsCopy || plan.skipsIndexes) return undefined;
    const name = fresh('moved');
    const target: Table = { ...plan.new, name, indexes: [] };
    // Columns that a moved table leaves behind are not guarded: what is filled by nothing of the old one is left out.
    const fillers = new Map(plan.copy.pairs.map(({ to, from }) => [to, from.kind]));
    const columns = new Map(
      [...clean.columns].filter(([, to]) => fillers.get(to) === 'column' || isComputed(plan.new, to)),
    );
    const steps = [
      ...plan.before,
      sql(createTable(target)),
      ...plan.onNew(name),
      ...copyStatements(chance, plan.style, plan.copy, q(old.name), q(name), 0).map((text) => sql(text)),
      ...plan.afterCopy(name),
      sql(`DROP TABLE ${q(old.name)}`, (expectation) => {
        expectation.compute(old.name, plan.computed);
        expectation.carry(old.name, 'moved', [{ table: name, columns }]);
      }),
    ];
    forget(world, old.name);
    world.tables.push(target);
    return { steps, style: plan.style };
  },

  'CREATE TABLE AS, then DROP': (chance, world, defect) => {
    const loose = looseTables(world);
    const change = rowDefects[defect];
    if (loose.length === 0 || change === undefined) return undefined;
    const old = chance.pick(loose);
    const { where, limit } = change(chance, anchor) as Copy;
    const [name, columns] = [
      fresh('moved'),
      chance.is(0.5) ? '*' : old.columns.map((column) => q(column.name)).join(', '),
    ];
    const filter = `${where === undefined ? '' : ` WHERE ${where}`}${limit ?? ''}`;
    const rename = chance.is(0.4) && !/^(?:integer|auto)/.test(old.key) && old.indexes.length === 0;
    const steps = [
      sql(`CREATE TABLE ${name} AS SELECT ${columns} FROM ${q(old.name)}${filter}`),
      sql(`DROP TABLE ${q(old.name)}`, (expectation) =>
        expectation.carry(old.name, rename ? 'rebuilt' : 'moved', [
          { table: rename ? old.name : name, columns: itself(old) },
        ]),
      ),
      ...(rename ? [sql(`ALTER TABLE ${name} RENAME TO ${q(old.name)}`)] : []),
    ];
    forget(world, old.name);
    world.tables.push(plainTable(old, rename ? old.name : name));
    return { steps, style: 'CREATE TABLE AS' };
  },

  'split by rows': (chance, world, defect) => {
    const loose = looseTables(world);
    if (loose.length === 0 || !['none', 'WHERE in the copy', 'LIMIT in the copy', 'halves overlap'].includes(defect))
      return undefined;
    const old = chance.pick(loose);
    const [key, rest] = [anchor, chance.int(0, 2)];
    const [one, two] = [fresh('half'), fresh('half')];
    const rename = chance.is(0.5) && old.indexes.length === 0;
    const halves = [third(key, rest), `(${third(key, rest)}) IS NOT TRUE`];
    if (defect === 'WHERE in the copy') halves[1] = third(key, (rest + 1) % 3);
    if (defect === 'halves overlap')
      halves[1] = `(${third(key, rest)}) IS NOT FALSE OR (${third(key, rest)}) IS NOT TRUE`;
    const limit = defect === 'LIMIT in the copy' ? ` LIMIT ${chance.int(0, 1)}` : undefined;
    const pairs = refs(old);
    const first = rename ? old.name : one;
    const parts: Part[] = [first, two].map((table) => ({ table, columns: itself(old) }));
    const steps = [
      sql(createTable(old, one)),
      sql(createTable(old, two)),
      ...copyStatements(chance, 'columns in order', { pairs, where: halves[0]! }, q(old.name), one, 0).map((text) =>
        sql(text),
      ),
      ...copyStatements(
        chance,
        chance.pick(['columns in order', 'positional']),
        { pairs, where: halves[1]!, ...(limit === undefined ? {} : { limit }) },
        q(old.name),
        two,
        1,
      ).map((text) => sql(text)),
      sql(`DROP TABLE ${q(old.name)}`, (expectation) => {
        expectation.carry(old.name, rename ? 'rebuilt' : 'moved', parts);
        if (defect === 'halves overlap') expectation.doubts.push('the halves of a split share rows');
      }),
      ...(rename ? [sql(`ALTER TABLE ${one} RENAME TO ${q(old.name)}`)] : []),
    ];
    forget(world, old.name);
    world.tables.push({ ...old, name: first, indexes: [] }, { ...old, name: two, indexes: [] });
    return { steps, style: 'columns in order' };
  },

  'vertical parts': (chance, world, defect) => {
    const loose = looseTables(world).filter(({ key }) => !key.startsWith('composite') && !/none|nulls|^int /.test(key));
    if (loose.length === 0) return undefined;
    const old = chance.pick(loose);
    const free = freeColumns(old).filter(({ name }) => !old.indexes.some(({ columns }) => columns.includes(name)));
    if (free.length < 2) return undefined;
    const [away, other] = chance.shuffled(free);
    const part = fresh('part');
    const name = fresh('new');
    const table: Table = { ...old, columns: old.columns.filter((column) => column !== away) };
    const pairs = refs(old).filter(({ to }) => to !== away!.name);
    const change = rowDefects[defect];
    const others = ['column forgotten', 'columns swapped', 'WHERE in the part'];
    if (change === undefined && !others.includes(defect)) return undefined;
    const from = defect === 'columns swapped' ? other! : away!;
    const partWhere = defect === 'WHERE in the part' ? ` WHERE ${third('id', 0)}` : '';
    const steps = [
      sql(`CREATE TABLE ${part} (id ${typeOf(old, anchor)} PRIMARY KEY, ${q(away!.name)} ${away!.type})`),
      ...(defect === 'column forgotten'
        ? [sql(`INSERT INTO ${part} (id) SELECT id FROM ${q(old.name)}`)]
        : [
            sql(
              `INSERT INTO ${part} (id, ${q(away!.name)}) SELECT id, ${q(from.name)} FROM ${q(old.name)}${partWhere}`,
            ),
          ]),
      sql(createTable(table, name)),
      ...copyStatements(chance, 'columns in order', { pairs, ...change?.(chance, 'id') }, q(old.name), name, 0).map(
        (text) => sql(text),
      ),
      sql(`DROP TABLE ${q(old.name)}`, (expectation) => {
        if (defect === 'WHERE in the part') expectation.doubts.push('a vertical part takes some rows only');
        if (defect === 'column forgotten' || defect === 'columns swapped')
          expectation.doubts.push(`${old.name}.${away!.name} is not carried`);
        const kept = new Map(table.columns.map((column) => [column.name, column.name]));
        expectation.carryColumns(old.name, [
          { table: old.name, columns: kept, end: 'rebuilt' },
          ...(defect === 'WHERE in the part'
            ? []
            : [
                {
                  table: part,
                  columns: new Map([
                    ['id', 'id'],
                    [away!.name, away!.name],
                  ]),
                  end: 'moved' as const,
                },
              ]),
        ]);
      }),
      sql(`ALTER TABLE ${name} RENAME TO ${q(old.name)}`),
      ...old.indexes.map((index) => sql(createIndex(table, index))),
    ];
    replaceTable(world, old.name, table);
    return { steps, style: 'columns in order' };
  },

  'columns made rows': (chance, world, defect) => {
    const loose = looseTables(world);
    if (loose.length === 0 || !['none', 'WHERE in the copy'].includes(defect)) return undefined;
    const old = chance.pick(loose);
    const columns = insertable(old).slice(0, 3);
    const name = fresh('settings');
    const arms = columns.map((column, index) => {
      const where = defect !== 'none' && index === 1 ? ` WHERE ${third(anchor, chance.int(0, 2))}` : '';
      return `SELECT '${column.name}', ${q(column.name)} FROM ${q(old.name)}${where}`;
    });
    const union = chance.is(0.5);
    // Rows of a column that goes into another table by itself are noted only.
    const carried = columns.filter((_, index) => defect === 'none' || index !== 1);
    const copies = union
      ? [sql(`INSERT INTO ${name} (key, value) ${arms.join(' UNION ALL ')}`)]
      : arms.map((arm) => sql(`INSERT INTO ${name} (key, value) ${arm}`));
    forget(world, old.name);
    return {
      steps: [
        sql(`CREATE TABLE ${name} (key TEXT, value)`),
        ...copies,
        sql(`DROP TABLE ${q(old.name)}`, (expectation) => {
          if (defect !== 'none') expectation.doubts.push('one column takes some rows only');
          const ends = carried.map((column) => ({
            table: name,
            columns: new Map([[column.name, 'value']]),
            end: 'moved' as const,
          }));
          expectation.carryColumns(old.name, ends);
        }),
      ],
      style: union ? 'UNION ALL' : 'two INSERTs',
    };
  },

  'column exchanged for a key': (chance, world, defect) => {
    const loose = looseTables(world);
    const change = rowDefects[defect];
    if (loose.length === 0 || (change === undefined && defect !== 'JOIN drops rows')) return undefined;
    const old = chance.pick(loose);
    const free = freeColumns(old).filter(({ name }) => !old.indexes.some(({ columns }) => columns.includes(name)));
    if (free.length === 0 || old.options.includes('STRICT')) return undefined;
    const { name: column } = chance.pick(free);
    const [kinds, name] = [fresh('kinds'), fresh('new')];
    const table: Table = {
      ...old,
      columns: old.columns.map((one) =>
        one.name === column ? { name: `${column}_id`, type: 'INTEGER', clauses: `REFERENCES ${kinds} (id)` } : one,
      ),
    };
    const { where, limit }: Partial<Copy> = change?.(chance, `o`) ?? {};
    const filter = where === undefined ? '' : ` WHERE ${where.replaceAll('"o"', `o.${q(anchor)}`)}`;
    const joins = defect === 'JOIN drops rows' ? 'JOIN' : chance.pick(['LEFT JOIN', 'SELECT']);
    const kept = insertable(old).filter((one) => one.name !== column);
    const list = kept.map((one) => q(one.name)).join(', ');
    const items = kept.map((one) => `o.${q(one.name)}`).join(', ');
    const select =
      joins === 'SELECT'
        ? `SELECT ${items}, (SELECT id FROM ${kinds} WHERE label IS o.${q(column)}) FROM ${q(old.name)} AS o`
        : `SELECT ${items}, kind_of.id FROM ${q(old.name)} AS o ${joins} ${kinds} AS kind_of ON kind_of.label = o.${q(column)}`;
    replaceTable(world, old.name, { ...table, fixed: new Set([...old.fixed, `${column}_id`]) });
    return {
      steps: [
        sql(`CREATE TABLE ${kinds} (id INTEGER PRIMARY KEY, label UNIQUE)`),
        sql(
          `INSERT INTO ${kinds} (label) SELECT DISTINCT ${q(column)} COLLATE BINARY FROM ${q(old.name)} WHERE ${q(column)} IS NOT NULL`,
        ),
        sql(createTable(table, name)),
        sql(`INSERT INTO ${name} (${list}, ${q(`${column}_id`)}) ${select}${filter}${limit ?? ''}`),
        sql(`DROP TABLE ${q(old.name)}`, (expectation) => {
          expectation.excuse(old.name, [column]);
          expectation.carry(old.name, 'rebuilt', [{ table: old.name, columns: itself(old) }]);
        }),
        sql(`ALTER TABLE ${name} RENAME TO ${q(old.name)}`),
        ...old.indexes.map((index) => sql(createIndex(table, index))),
      ],
      style: joins === 'SELECT' ? 'subselect' : joins,
    };
  },

  'old table kept under another name': (chance, world, defect) => {
    const loose = looseTables(world);
    const change = rowDefects[defect];
    if (loose.length === 0 || change === undefined) return undefined;
    const old = chance.pick(loose);
    const name = fresh('kept');
    const copy: Copy = { pairs: refs(old), ...change(chance, anchor) };
    const kept: Table = { ...old, name };
    const made: Table = { ...old, indexes: [] };
    world.tables = world.tables.flatMap((table) => (table === old ? [kept, made] : [table]));
    world.children = world.children.map((child) => (child.table === old.name ? { ...child, table: name } : child));
    return {
      steps: [
        sql(`ALTER TABLE ${q(old.name)} RENAME TO ${name}`, (expectation) => expectation.renameTable(old.name, name)),
        sql(createTable(made)),
        ...copyStatements(chance, 'columns in order', copy, name, q(old.name), 0).map((text) => sql(text)),
      ],
      style: 'columns in order',
    };
  },

  'in two migrations': (chance, world, defect) => {
    const loose = looseTables(world);
    const change = rowDefects[defect];
    if (loose.length === 0 || (change === undefined && defect !== 'column forgotten')) return undefined;
    const old = chance.pick(loose);
    const free = freeColumns(old).filter(({ name }) => !old.indexes.some(({ columns }) => columns.includes(name)));
    const left = defect === 'column forgotten' ? free[0] : undefined;
    if (defect === 'column forgotten' && left === undefined) return undefined;
    const table: Table = { ...old, columns: old.columns.filter((column) => column !== left) };
    const name = fresh('new');
    const copy: Copy = { pairs: refs(table), ...change?.(chance, anchor) };
    replaceTable(world, old.name, table);
    return {
      prelude: [
        sql(createTable(table, name)),
        ...copyStatements(chance, 'columns in order', copy, q(old.name), name, 0).map((text) => sql(text)),
      ],
      steps: [
        sql(`DROP TABLE ${q(old.name)}`),
        sql(`ALTER TABLE ${name} RENAME TO ${q(old.name)}`),
        ...old.indexes.map((index) => sql(createIndex(table, index))),
        declare((expectation) => {
          expectation.drop(name);
          const expected = expectation.find(old.name);
          if (expected !== undefined) expected.counted = true;
          expectation.carry(old.name, 'rebuilt', [{ table: old.name, columns: itself(old) }]);
        }),
      ],
      style: 'columns in order',
    };
  },

  'another table takes the name': (chance, world, defect) => {
    const loose = looseTables(world);
    const [old, other] = chance.shuffled(loose);
    if (defect !== 'none' || old === undefined || other === undefined) return undefined;
    if (old.indexes.length > 0 || /^(?:integer|auto)/.test(old.key)) return undefined;
    forget(world, old.name);
    world.tables = world.tables.map((table) => (table === other ? { ...other, name: old.name } : table));
    world.children = world.children.map((child) =>
      child.table === other.name ? { ...child, table: old.name } : child,
    );
    return {
      steps: [
        sql(`DROP TABLE ${q(old.name)}`, (expectation) => {
          const expected = expectation.find(old.name);
          if (expected !== undefined) expected.counted = true;
          expectation.carry(old.name, 'rebuilt', [{ table: old.name, columns: itself(old) }]);
          expectation.doubts.push('a table takes the name of one that was dropped unread');
        }),
        sql(`ALTER TABLE ${q(other.name)} RENAME TO ${q(old.name)}`, (expectation) =>
          expectation.renameTable(other.name, old.name),
        ),
      ],
      style: '-',
    };
  },
};
