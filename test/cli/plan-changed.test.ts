import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BaselineOptions } from '../../src/operations/baseline.ts';
import type { ConfirmOptions } from '../../src/lock/run-options.ts';
import type { CliRunner } from '../../src/cli/context.ts';
import { migrateSync } from '../../src/node/index.ts';
import { Folder, type Ran, type RunOptions } from './harness.ts';

const step = (version: number): string =>
  `-- === UP MIGRATION ===\nCREATE TABLE t${version} (x);\nINSERT INTO t${version} VALUES ('once');\n-- === DOWN MIGRATION ===\nDROP TABLE t${version};\n`;

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
  for (const version of [1, 2, 3]) folder.write(`migrations/00${version}_t${version}.sql`, step(version));
});
afterEach(() => folder.remove());

/** Another process, with a newer release that has 004. */
function upElsewhere(database = 'app.db'): void {
  folder.write('migrations/004_t4.sql', step(4));
  const db = new Database(database);
  migrateSync({ database: db, migrations: 'migrations', backup: 'off' });
  db.close();
}

/** Does something after the question was answered, with y or --yes, and before the lock is taken. */
const afterAnswer =
  (act: () => void) =>
  (runner: CliRunner): CliRunner => {
    const acting = ({ confirm, ...rest }: ConfirmOptions = {}): ConfirmOptions => ({
      ...rest,
      confirm: async (plan) => {
        const answer = await confirm?.(plan);
        act();
        return answer === true;
      },
    });
    const changed: Partial<CliRunner> = {
      down: (options) => runner.down(acting(options)),
      redo: (options) => runner.redo(acting(options)),
      to: (target, options) => runner.to(target, acting(options)),
    };
    return new Proxy(runner, {
      get: (target, key) => {
        const own = changed[key as keyof CliRunner] ?? Reflect.get(target, key, target);
        return typeof own === 'function' ? (own as () => unknown).bind(target) : own;
      },
    });
  };

function state(database = 'app.db'): { versions: unknown[]; rows: unknown[] } {
  const db = new Database(database, { readonly: true });
  try {
    const versions = db.prepare('SELECT version FROM schema_migrations ORDER BY version').pluck().all();
    return {
      versions,
      rows: versions.map((version) =>
        db
          .prepare(`SELECT x FROM t${String(version)}`)
          .pluck()
          .get(),
      ),
    };
  } finally {
    db.close();
  }
}

describe.each([
  ['down', ['down'], 'plan --down', ['down 003']],
  ['down --steps 2', ['down', '--steps', '2'], 'plan --down --steps 2', ['down 003', 'down 002']],
  ['to 2', ['to', '2'], 'plan --down --to 2', ['down 003']],
  ['redo', ['redo'], 'plan --down', ['down 003', 'up 003']],
])('`%s`, when another process applies 004 between the question and the lock', (name, argv, plan, planned) => {
  const run = async (options: RunOptions, ...more: string[]): Promise<Ran> => {
    await folder.run(['up', '-d', 'app.db']);
    return folder.run([...argv, '-d', 'app.db', '--no-backup', ...more], {
      wrap: afterAnswer(() => upElsewhere()),
      ...options,
    });
  };
  const untouched = (): void => {
    expect(state()).toEqual({ versions: [1, 2, 3, 4], rows: ['once', 'once', 'once', 'once'] });
  };

  it.each([
    ['answered with y', { columns: 100, answers: ['y\n'] }, []],
    ['with --yes', {}, ['--yes']],
  ])('does nothing and exits with 75: %s', async (_how, options, more) => {
    const { code, err } = await run(options, ...more);
    expect(code).toBe(75);
    expect(err).toContain('PLAN_CHANGED');
    const text = err.replaceAll(/\s+/g, ' ');
    expect(text).toContain('Planned: roll back 003_t3');
    // The run does not know the file of 004.
    expect(text).toContain('Now: roll back 4 t4');
    expect(text).toContain(`\`dunlin ${plan} -d app.db\` shows what there is to do now`);
    expect(text).toContain(`\`dunlin ${name} -d app.db\` plans it again`);
    untouched();
  });

  it('has both lists in JSON', async () => {
    const { code, out } = await run({}, '--yes', '--json');
    expect(code).toBe(75);
    const { error } = JSON.parse(out) as { error: Record<'planned' | 'now', Record<string, unknown>[]> };
    const listed = (list: Record<string, unknown>[]): string[] =>
      list.map(({ direction, version }) => `${String(direction)} ${String(version).padStart(3, '0')}`);
    expect(listed(error.planned)).toEqual(planned);
    expect(listed(error.now)[0]).toBe('down 004');
    expect(error.now[0]).toEqual({ version: 4, name: 't4', direction: 'down' });
    untouched();
  });

  it('shows the way on with commands that can be typed', async () => {
    const { err } = await run({}, '--yes');
    const commands = [...err.replaceAll(/\s+/g, ' ').matchAll(/`dunlin ([^`]+)`/g)].map((match) => match[1] ?? '');
    expect(commands).toHaveLength(2);
    const [shows = '', again = ''] = commands;
    const shown = await folder.run(shows.split(' '));
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('004_t4')]);
    expect(await folder.run([...again.split(' '), '--yes', '--no-backup'])).toMatchObject({ code: 0 });
    expect(state().versions).toEqual(name === 'redo' ? [1, 2, 3, 4] : name === 'down' ? [1, 2, 3] : [1, 2]);
  });

  it('does nothing when the answer is no', async () => {
    const { code, err } = await run({ columns: 100, answers: ['n\n'] });
    expect([code, err.includes('DECLINED')]).toEqual([1, true]);
    expect(state().versions).toEqual([1, 2, 3]);
  });
});

it('the plan that is asked about is the one that is run, whatever the files have become meanwhile', async () => {
  await folder.run(['up', '-d', 'app.db']);
  const ran = await folder.run(['down', '-d', 'app.db', '--yes', '--no-backup'], {
    wrap: afterAnswer(() => folder.write('migrations/003_t3.sql', step(3).replace('DROP TABLE t3', 'DROP TABLE t1'))),
  });
  expect(ran.code).toBe(0);
  const db = new Database('app.db', { readonly: true });
  expect(db.prepare(`SELECT name FROM sqlite_schema WHERE name LIKE 't_' ORDER BY 1`).pluck().all()).toEqual([
    't1',
    't2',
  ]);
  db.close();
});

it('of several databases the one that changed is refused, the others are rolled back', async () => {
  for (const name of ['a.db', 'b.db']) await folder.run(['up', '-d', name]);
  let asked = 0;
  const { code, out } = await folder.run(['down', '-d', 'a.db', '-d', 'b.db', '--yes', '--json', '--no-backup'], {
    wrap: afterAnswer(() => (++asked === 1 ? upElsewhere('a.db') : undefined)),
  });
  expect(code).toBe(75);
  expect((JSON.parse(out) as { databases: unknown[] }).databases).toMatchObject([
    { ok: false, error: { code: 'PLAN_CHANGED', hint: expect.stringContaining('`dunlin down -d a.db`') } },
    { ok: true, to: 2 },
  ]);
  expect(state('a.db').versions).toEqual([1, 2, 3, 4]);
  expect(state('b.db').versions).toEqual([1, 2]);
});

it('`baseline` records what was asked about, or nothing', async () => {
  await folder.run(['up', '--to', '2', '-d', 'app.db']);
  const wrap = (runner: CliRunner): CliRunner =>
    new Proxy(runner, {
      get: (target, key) => {
        if (key !== 'baseline') {
          const own: unknown = Reflect.get(target, key, target);
          return typeof own === 'function' ? (own as () => unknown).bind(target) : own;
        }
        return (version: number, options: BaselineOptions = {}) =>
          target.baseline(version, {
            ...options,
            confirm: async (migrations, differences) => {
              const answer = await options.confirm?.(migrations, differences);
              await folder.run(['down', '-d', 'app.db', '--yes', '--no-backup']);
              return answer === true;
            },
          });
      },
    });
  const { code, err } = await folder.run(['baseline', '3', '-d', 'app.db', '--yes'], { wrap });
  expect(code).toBe(75);
  expect(err).toContain('PLAN_CHANGED');
  expect(state().versions).toEqual([1]);
});
