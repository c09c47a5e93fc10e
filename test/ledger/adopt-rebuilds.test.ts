import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { Project } from '../formats/support.ts';
import { renderAdoption } from '../../src/cli/output/adoption.ts';

const trigger = 'CREATE TRIGGER users_log AFTER INSERT ON users BEGIN INSERT INTO log VALUES (new.id); END';
const view = 'CREATE VIEW people AS SELECT id FROM users';

/** A rebuild as drizzle-kit writes it: it makes no trigger again. */
function rebuildOf(column: string): string {
  return `PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE \`__new_users\` (\`id\` integer PRIMARY KEY NOT NULL, \`${column}\` text);--> statement-breakpoint
INSERT INTO \`__new_users\`("id") SELECT "id" FROM \`users\`;--> statement-breakpoint
DROP TABLE \`users\`;--> statement-breakpoint
ALTER TABLE \`__new_users\` RENAME TO \`users\`;--> statement-breakpoint
PRAGMA foreign_keys=ON;`;
}

const texts = (others: readonly string[]): readonly string[] => [
  'CREATE TABLE `users` (`id` integer PRIMARY KEY NOT NULL, `a` text);\n--> statement-breakpoint\nCREATE TABLE log (id);',
  ...others,
];
const keyOf = (index: number): number => 1_700_000_000_000 + index;

/** A folder of Drizzle, in which each text is a migration. */
function drizzle(given: readonly string[]): Project {
  const all = texts(given);
  const entries = all.map((_, idx) => ({ idx, version: '6', when: keyOf(idx), tag: `000${idx}_m`, breakpoints: true }));
  return new Project(
    {
      ...Object.fromEntries(all.map((text, index) => [`000${index}_m.sql`, text])),
      'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'sqlite', entries }),
    },
    { format: 'drizzle' },
  );
}

/** Runs SQL as Drizzle does, and records it as the migrations from one to another. */
function byDrizzle(project: Project, given: readonly string[], from: number, until: number, ran?: string): void {
  const db = new Database(project.database);
  const run = texts(given).slice(from, until);
  db.exec(ran ?? run.join(';\n').replaceAll('--> statement-breakpoint', ''));
  db.exec(
    'CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
  );
  for (const [index, text] of run.entries())
    db.prepare('INSERT INTO "__drizzle_migrations" (hash, created_at) VALUES (?, ?)').run(
      createHash('sha256').update(text).digest('hex'),
      keyOf(from + index),
    );
  db.close();
}

describe('adopt, where a migration rebuilds a table', () => {
  it.each([
    ['a trigger', trigger],
    ['a view', view],
  ])('compares with %s that a rebuild by Dunlin has kept', async (_, object) => {
    const others = [object, rebuildOf('b'), 'CREATE TABLE `later` (`id` integer);'];
    const project = drizzle(others);
    byDrizzle(project, others, 0, 2);
    await project.with(async (runner) => {
      await runner.adopt();
      expect((await runner.up({ to: 3 })).applied).toMatchObject([{ version: 3 }]);
      await runner.exportTo({ to: 'drizzle' });
    });
    byDrizzle(project, others, 3, 4);
    await project.with(async (runner) => {
      await expect(runner.up()).rejects.toMatchObject({ code: 'ADOPT_BEHIND' });
      expect(await runner.adopt()).toMatchObject({ differences: [], onlyInNew: [], migrations: [{ version: 4 }] });
      expect((await runner.check({ replay: true })).problems).toEqual([]);
    });
  });

  it('runs each migration as it ran: the first rebuild lost a trigger, the second kept one', async () => {
    const second = trigger.replaceAll('users_log', 'second_log');
    const others = [trigger, rebuildOf('b'), second, rebuildOf('c'), 'CREATE TABLE `later` (`id` integer);'];
    const project = drizzle(others);
    byDrizzle(project, others, 0, 4);
    await project.with(async (runner) => {
      const adopted = await runner.adopt();
      expect(adopted).toMatchObject({ differences: [], onlyInNew: ['trigger users_log'] });
      expect(renderAdoption('app.db', adopted).at(-1)).toBe('  note       new databases will have: trigger users_log');
      await runner.up({ to: 5 });
      await runner.exportTo({ to: 'drizzle' });
    });
    byDrizzle(project, others, 5, 6);
    await project.with(async (runner) => {
      expect(await runner.adopt()).toMatchObject({ differences: [], onlyInNew: ['trigger users_log'] });
      expect((await runner.check({ replay: true })).problems.map(({ message }) => message)).toEqual([
        expect.stringContaining('trigger users_log on users is gone'),
      ]);
    });
  });

  it('names what else new databases will have, and what this one has too much', async () => {
    const strict = '\nCREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);';
    const rebuild = rebuildOf('b')
      .replaceAll('users', 't')
      .replace('integer PRIMARY KEY NOT NULL', 'INTEGER PRIMARY KEY');
    const others = [strict, trigger.replaceAll('users', 't'), rebuild];
    const project = drizzle(others);
    byDrizzle(project, others, 0, 4);
    await project.with(async (runner) => {
      const found = await runner.readAdoption();
      expect(found.differences).toEqual([]);
      expect(found.onlyInNew).toContain('trigger t_log');
    });
    const db = new Database(project.database);
    db.exec('CREATE TABLE extra (id)');
    db.close();
    await project.with(async (runner) => {
      const found = await runner.readAdoption();
      expect(found).toMatchObject({ differences: ['table extra exists, no migration made it'], onlyInNew: [] });
    });
  });

  it('compares with a view that somebody made again after the rebuild', async () => {
    const others = [view, rebuildOf('b')];
    const project = drizzle(others);
    const ran = `${texts(others).join(';\n')}`.replaceAll('--> statement-breakpoint', '');
    byDrizzle(project, others, 0, 3, ran.replace('PRAGMA foreign_keys=OFF', 'DROP VIEW people') + view);
    await project.with(async (runner) => {
      expect(await runner.adopt()).toMatchObject({ differences: [], migrations: { length: 3 } });
    });
    const without = drizzle(others);
    byDrizzle(without, others, 0, 3, ran.replace('PRAGMA foreign_keys=OFF', 'DROP VIEW people'));
    await without.with(async (runner) => {
      expect((await runner.readAdoption()).differences).toEqual([expect.stringContaining('error in view people')]);
    });
  });
});
