import { expect, it, vi } from 'vitest';
import { SqlFile } from '../../src/migration/sql-migration.ts';
import { onEveryDriver } from '../support/databases.ts';

const sections = (up: string, down: string): string =>
  `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;
const table = (n: number): string => `CREATE TABLE t${n} (x);`;
const files = {
  '001_none.sql': table(1),
  '002_statement.sql': sections(table(2), '\n\n  DROP TABLE t2;'),
  '003_empty.sql': sections(table(3), ' ;\f;\n'),
  '004_comment_first.sql': sections(table(4), '-- the table\nDROP TABLE t4;'),
  '005_comment_only.sql': sections(table(5), '/* nothing */ -- at all'),
  '006_long.sql': sections(table(6), `${'-- long '.repeat(130_000)}\nDROP TABLE t6;`),
  '008_commented.sql': `-- The table\n${table(8)}`,
  '007_labelled.sql': `-- Schema version: 1.2.0\n${sections(table(7), 'DROP TABLE t7;')}`,
};

onEveryDriver('whether a migration can be rolled back', (open) => {
  const reversible = async (given: object): Promise<readonly (boolean | undefined)[]> => {
    const db = open();
    await db.up(files);
    return (await db.runner({ ...files, ...given }).status()).entries.map((entry) => entry.reversible);
  };

  it('is the same by the recorded texts as by the files', async () => {
    const db = open();
    const pending = (await db.runner(files).status()).entries;
    await db.up(files);
    const applied = (await db.runner(files).status()).entries;
    expect(applied.map((entry) => entry.reversible)).toEqual([false, true, false, true, false, true, true, false]);
    expect(applied.map((entry) => entry.reversible)).toEqual(pending.map((entry) => entry.reversible));
    expect(applied.map((entry) => entry.label)).toEqual(pending.map((entry) => entry.label));
  });

  it('is known without parsing a file that begins with a comment', async () => {
    const db = open();
    const commented = { '001_a.sql': `-- A table\n${table(1)}`, '002_b.sql': `/* Another */ ${table(2)}` };
    await db.up(commented);
    const parsed = vi.spyOn(SqlFile.prototype, 'content', 'get');
    const { entries } = await db.runner(commented).status();
    expect(parsed).not.toHaveBeenCalled();
    parsed.mockRestore();
    expect(entries.map((entry) => entry.reversible)).toEqual([false, false]);
  });

  it('is what the file says where it was edited', async () => {
    expect(await reversible({ '001_none.sql': sections(table(1), 'DROP TABLE t1;') })).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  it('is what the file says in another layout of the tracking table', async () => {
    const db = open();
    await db.up(files, { layout: 'filename' });
    const { entries } = await db.runner(files, { layout: 'filename' }).status();
    expect(entries.map((entry) => entry.reversible)).toEqual([false, true, false, true, false, true, true, false]);
  });
});
