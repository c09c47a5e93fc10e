import { expect, it } from 'vitest';
import { createRegistry, MigrationRunner, nodeHost, toSource, type MigrateOptions } from '../../src/node/index.ts';

type Given = Extract<MigrateOptions['migrations'], object>;

async function upWith(migrations: Given, format: NonNullable<MigrateOptions['format']>): Promise<readonly string[]> {
  const runner = new MigrationRunner({ database: ':memory:', migrations, format });
  try {
    return (await runner.up()).applied.map(({ version, name }) => `${version} ${name}`);
  } finally {
    await runner.close();
  }
}

it('a bundle has the files of Drizzle and its journal', async () => {
  const journal = {
    entries: [
      { idx: 0, when: 1, tag: '0000_a' },
      { idx: 1, when: 2, tag: '0001_b' },
    ],
  };
  const files = {
    './drizzle/0001_b.sql?raw': 'CREATE TABLE b (id)',
    '.\\drizzle\\0000_a.sql': { default: 'CREATE TABLE a (id)' },
  };
  for (const given of [journal, { default: journal }, JSON.stringify(journal)])
    expect(await upWith({ ...files, './drizzle/meta/_journal.json': given } as never, 'drizzle')).toEqual([
      '1 0000_a',
      '2 0001_b',
    ]);
});

it('a bundle has one directory of Prisma', async () => {
  const files = { '../prisma/migrations/20240101000000_init/migration.sql': 'CREATE TABLE a (id)' };
  expect(await upWith(files, 'prisma')).toEqual(['20240101000000 init']);
});

it('a bundle has modules, given or imported when they are needed', async () => {
  const up = async ({ context }: { context: { exec(sql: string): unknown } }): Promise<void> => {
    await context.exec('CREATE TABLE a (id)');
  };
  expect(
    await upWith({ './m/01-a.ts': { up }, './m/02-b.ts': async () => ({ up: () => undefined }) } as never, 'umzug'),
  ).toEqual(['1 a', '2 b']);
});

it('the files of a bundle are Dunlin’s own where no option says else', () => {
  const { migrations, format } = createRegistry(toSource({ '1_a.sql': '-- +goose Up\nSELECT 1;' }), nodeHost);
  expect([migrations.length, format]).toEqual([1, undefined]);
});
