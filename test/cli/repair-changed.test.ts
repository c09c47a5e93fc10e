import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import process from 'node:process';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CliRunner } from '../../src/cli/context.ts';
import { Folder, type Ran } from './harness.ts';

// The other process runs what is in dist: `npm run build` comes first, as it does in `npm test`.
const cli = resolve(import.meta.dirname, '../../dist/cli/dunlin.js');
const table = (name: string): string =>
  `-- === UP ===\nCREATE TABLE ${name} (x);\n-- === DOWN ===\nDROP TABLE ${name};\n`;

let folder: Folder;
beforeEach(async () => {
  folder = new Folder({ 'dunlin.config.json': '{ "database": "app.db", "backup": "off" }' });
  for (const version of [1, 2, 3]) folder.write(`migrations/00${version}_t${version}.sql`, table(`t${version}`));
  expect((await folder.run(['up'])).code).toBe(0);
});
afterEach(() => folder.remove());

/** Another process. */
function elsewhere(...argv: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [cli, ...argv], { encoding: 'utf8', cwd: folder.path });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
}

function byHand(sql: string): void {
  const code = `new (require('better-sqlite3'))(process.argv[1]).exec(process.argv[2])`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', code, join(folder.path, 'app.db'), sql], {
    encoding: 'utf8',
    cwd: resolve(import.meta.dirname, '../..'),
  });
  expect([status, stderr]).toEqual([0, '']);
}

/** Does something after the question was answered, and before the lock is taken. */
const afterAnswer =
  (act: () => void) =>
  (runner: CliRunner): CliRunner => {
    const acting = <T>(confirm: ((found: readonly T[]) => unknown) | undefined) => ({
      confirm: async (found: readonly T[]) => {
        const answer = await confirm?.(found);
        act();
        return answer === true;
      },
    });
    return Object.assign(Object.create(runner) as CliRunner, {
      database: runner.database,
      status: () => runner.status(),
      repairs: () => runner.repairs(),
      close: () => runner.close(),
      repair: ((versions, options) => runner.repair(versions, acting(options?.confirm))) satisfies CliRunner['repair'],
      acceptSchema: ((options) => runner.acceptSchema(acting(options?.confirm))) satisfies CliRunner['acceptSchema'],
    });
  };

const answered = (argv: readonly string[], act: () => void): Promise<Ran> =>
  folder.run(argv, { columns: 200, env: { NO_COLOR: '1' }, answers: ['y\n'], wrap: afterAnswer(act) });

/** What the ledger says, and how often somebody has put it right. */
function recorded(): unknown {
  const db = new Database('app.db', { readonly: true });
  try {
    return {
      rows: db.prepare('SELECT version, name, checksum FROM schema_migrations ORDER BY version').all(),
      repairs: db.prepare(`SELECT count(*) FROM schema_migration_attempts WHERE direction = 'repair'`).pluck().get(),
    };
  } finally {
    db.close();
  }
}

const edit = (version: number, name: string): void =>
  folder.write(`migrations/00${version}_t${version}.sql`, table(`t${version}`).replace('(x)', `(${name})`));

async function refused(
  argv: readonly string[],
  act: () => void,
  { found, command }: { readonly found: string; readonly command: string },
): Promise<void> {
  let before: unknown;
  const { code, err } = await answered(argv, () => {
    act();
    before = recorded();
  });
  expect([code, err]).toEqual([75, expect.stringContaining('error PLAN_CHANGED')]);
  const words = err.replaceAll(/\s+/g, ' ');
  expect(words).toContain(found);
  expect(words).toContain(`\`dunlin ${command}\` asks about it again`);
  expect(recorded()).toEqual(before);
  // As the hint says.
  await folder.run([...command.split(' '), '--yes']);
  expect((await folder.run(['check', '--quick', '--allow-pending'])).code).toBe(0);
}

describe('what `repair` was confirmed for is looked at again under the lock', () => {
  it('another process has recorded it meanwhile', async () => {
    edit(2, 'x, y');
    edit(3, 'x, z');
    await refused(['repair', '--accept'], () => elsewhere('repair', '2', '--accept', '--yes'), {
      found: 'Shown: the present text of 2 t2; the present text of 3 t3. Now: the present text of 3 t3.',
      command: 'repair 3 --accept',
    });
  });

  it('another process has recorded all of it', async () => {
    edit(2, 'x, y');
    await refused(['repair', '2', '--accept'], () => elsewhere('repair', '--accept', '--yes'), {
      found: 'Shown: the present text of 2 t2. Now: nothing.',
      command: 'repair --accept',
    });
  });

  it('the text that was shown is the one that is recorded, if the file is edited once more', async () => {
    edit(2, 'x, y');
    expect((await answered(['repair', '2', '--accept'], () => edit(2, 'x, y, z'))).code).toBe(0);
    expect((await folder.run(['check', '--quick'])).err).toContain('error MIGRATION_EDITED');
    edit(2, 'x, y');
    expect((await folder.run(['check', '--quick'])).code).toBe(0);
  });

  it('the schema was changed once more', async () => {
    byHand('CREATE INDEX i ON t1 (x)');
    await refused(['repair', '--schema'], () => byHand('CREATE INDEX j ON t1 (x)'), {
      found: 'index j on t1 exists, no migration made it',
      command: 'repair --schema',
    });
  });

  it('another process has recorded the schema', async () => {
    byHand('CREATE INDEX i ON t1 (x)');
    await refused(['repair', '--schema'], () => elsewhere('repair', '--schema', '--yes'), {
      found: 'Now: nothing.',
      command: 'repair --schema',
    });
  });

  it('what is no part of it does not matter', async () => {
    edit(2, 'x, y');
    const { code, out } = await answered(['repair', '2', '--accept'], () => {
      edit(3, 'x, z');
      byHand('CREATE INDEX i ON t1 (x)');
    });
    expect([code, out]).toEqual([0, expect.stringContaining('1 change recorded')]);
    byHand('DROP INDEX i');
    byHand('CREATE INDEX k ON t1 (x)');
    const schema = await answered(['repair', '--schema'], () => elsewhere('repair', '3', '--accept', '--yes'));
    expect([schema.code, schema.out]).toEqual([0, expect.stringContaining('the schema is recorded as it is')]);
  });

  it('a no records nothing', async () => {
    edit(2, 'x, y');
    byHand('CREATE INDEX i ON t1 (x)');
    const before = recorded();
    for (const argv of [
      ['repair', '--accept'],
      ['repair', '--schema'],
    ]) {
      const { code, err } = await folder.run(argv, { columns: 200, env: { NO_COLOR: '1' }, answers: ['n\n'] });
      expect([code, err]).toEqual([1, expect.stringContaining('error DECLINED')]);
    }
    expect(recorded()).toEqual(before);
  });
});
