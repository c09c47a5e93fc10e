import { looseTables, forget, renamedTable } from './form-parts.ts';
import { createIndex, createTable, createTrigger, q, tableOf, replaceTable, type Table } from './model.ts';
import { fresh, type Form } from './rebuild-forms.ts';
import { freeColumns } from './rebuild-plan.ts';
import { sql, type Step } from './steps.ts';

/** Statements that change, drop or rename without a copy. */
export const schemaForms: Readonly<Record<string, Form>> = {
  'ALTER TABLE': (chance, world, defect) => {
    const table = chance.pick(world.tables);
    const free = freeColumns(table).filter(({ name }) => !table.indexes.some(({ columns }) => columns.includes(name)));
    if (defect === 'children left without parents')
      return {
        steps: [
          sql(`CREATE TABLE ${fresh('status')} (id INTEGER PRIMARY KEY)`),
          sql(
            `ALTER TABLE ${q(table.name)} ADD COLUMN ${fresh('status')} INTEGER NOT NULL DEFAULT 1 REFERENCES lookup (k)`,
          ),
          sql(`DELETE FROM lookup WHERE k = 1`, (expectation) =>
            expectation.delete('lookup', 'k', (own) => `${q(own)} = 1`),
          ),
        ],
        style: '-',
      };
    if (defect !== 'none' || free.length < 2) return undefined;
    const [dropped, renamed] = chance.shuffled(free);
    const to = fresh('renamed');
    const added = fresh('added');
    const steps = [
      sql(`ALTER TABLE ${q(table.name)} ADD COLUMN ${added} TEXT DEFAULT 'a'`),
      sql(`ALTER TABLE ${q(table.name)} RENAME COLUMN ${q(renamed!.name)} TO ${to}`, (expectation) =>
        expectation.renameColumn(table.name, renamed!.name, to),
      ),
      sql(`ALTER TABLE ${q(table.name)} DROP COLUMN ${q(dropped!.name)}`, (expectation) =>
        expectation.excuse(table.name, [dropped!.name]),
      ),
    ];
    replaceTable(world, table.name, {
      ...table,
      columns: [
        ...table.columns.filter((column) => column !== dropped),
        { name: added, type: 'TEXT', clauses: `DEFAULT 'a'` },
      ].map((column) => (column === renamed ? { ...column, name: to } : column)),
    });
    return { steps, style: '-' };
  },

  'objects replaced': (chance, world, defect) => {
    if (!['none', 'UNIQUE of the key lost'].includes(defect)) return undefined;
    if (defect === 'UNIQUE of the key lost') {
      const [parent, child] = [fresh('code'), fresh('uses')];
      return {
        prelude: [
          sql(`CREATE TABLE ${parent} (c TEXT)`),
          sql(`CREATE UNIQUE INDEX ${parent}_c ON ${parent} (c)`),
          sql(`CREATE TABLE ${child} (c TEXT REFERENCES ${parent} (c))`),
          sql(`INSERT INTO ${parent} VALUES ('a'), ('b')`),
          sql(`INSERT INTO ${child} VALUES ('a'), (NULL)`),
        ],
        steps: [sql(`DROP INDEX ${parent}_c`, (expectation) => expectation.objectsDropped.add(`index ${parent}_c`))],
        style: '-',
      };
    }
    const steps: Step[] = [];
    world.tables = world.tables.map((table) => {
      const kept = table.indexes.filter(() => chance.is(0.7));
      for (const index of table.indexes)
        steps.push(
          sql(`DROP INDEX ${q(index.name)}`, (expectation) => expectation.objectsDropped.add(`index ${index.name}`)),
          ...(kept.includes(index) ? [sql(createIndex(table, index))] : []),
        );
      return { ...table, indexes: kept };
    });
    for (const trigger of world.triggers)
      steps.push(
        sql(`DROP TRIGGER ${q(trigger.name)}`, (expectation) =>
          expectation.objectsDropped.add(`trigger ${trigger.name}`),
        ),
        sql(createTrigger(trigger)),
      );
    for (const view of world.views)
      steps.push(
        sql(`DROP VIEW ${q(view.name)}`, (expectation) => expectation.objectsDropped.add(`view ${view.name}`)),
        sql(view.text),
      );
    if (steps.length === 0) return undefined;
    return { steps, style: '-' };
  },

  'new objects that cannot work': (chance, world, defect) => {
    if (defect !== 'none') return undefined;
    const table = chance.pick(world.tables);
    const base = { name: fresh('made'), event: 'INSERT', table: table.name, target: 'nobody', work: 'log' } as const;
    const steps: Step[] = [
      sql(createTrigger({ ...base, body: `INSERT INTO nobody VALUES (1);` })),
      sql(createTrigger({ ...base, body: `UPDATE log SET what = new.nosuch;` })),
      sql(`CREATE VIEW ${fresh('made')} AS SELECT nosuch FROM ${q(table.name)}`),
      sql(`CREATE TABLE ${fresh('made')} (a REFERENCES ${q(table.name)} (nosuch))`),
      sql(`CREATE TABLE ${fresh('made')} (a REFERENCES nobody (id))`),
    ];
    // What follows would trip over it.
    world.tables = [];
    return { steps: [chance.pick(steps)], style: '-' };
  },

  'replaced unread': (chance, world, defect) => {
    const loose = looseTables(world);
    if (defect !== 'none' || loose.length === 0) return undefined;
    const old = chance.pick(loose);
    const table: Table = {
      ...old,
      columns: old.columns.filter(
        (column) => old.fixed.has(column.name) || column.generated !== undefined || chance.is(0.7),
      ),
      indexes: [],
    };
    replaceTable(world, old.name, table);
    return {
      steps: [sql(`DROP TABLE ${q(old.name)}`, (expectation) => expectation.drop(old.name)), sql(createTable(table))],
      style: '-',
    };
  },

  dropped: (chance, world, defect) => {
    const loose = looseTables(world);
    if (loose.length === 0 || !['none', 'children left without parents'].includes(defect)) return undefined;
    const children = world.children.map(({ parent }) => parent);
    if (defect !== 'none' && children.length === 0) return undefined;
    const old = defect === 'none' ? chance.pick(loose) : tableOf(world, children[0]!);
    const summary = chance.is(0.4);
    const stats = fresh('stats');
    const steps = [
      ...(summary
        ? [sql(`CREATE TABLE ${stats} (n INTEGER)`), sql(`INSERT INTO ${stats} SELECT count(*) FROM ${q(old.name)}`)]
        : []),
      sql(`DROP TABLE ${q(old.name)}`, (expectation) => expectation.drop(old.name)),
    ];
    forget(world, old.name);
    return { steps, style: summary ? 'after a summary' : '-' };
  },

  'names swapped': (chance, world, defect) => {
    if (defect !== 'none' || world.tables.length < 2 || world.triggers.length > 0 || world.views.length > 0)
      return undefined;
    const [a, b] = chance.shuffled(world.tables);
    const between = fresh('between');
    const moves: [string, string][] = [
      [a!.name, between],
      [b!.name, a!.name],
      [between, b!.name],
    ];
    const steps = moves.map(([from, to]) =>
      sql(`ALTER TABLE ${q(from)} RENAME TO ${q(to)}`, (expectation) => expectation.renameTable(from, to)),
    );
    const other = (name: string): string => (name === a!.name ? b!.name : name === b!.name ? a!.name : name);
    world.tables = world.tables.map((table) => renamedTable(table, other));
    world.children = world.children.map((child) => ({
      ...child,
      table: other(child.table),
      parent: other(child.parent),
    }));
    return { steps, style: '-' };
  },
};
