import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installed, npmPackage, start, write } from '../../../test/adopt/project.mjs';
import { filesOf, ready, statementsOf } from '../migrations.mjs';

const kit = (folder, ...words) =>
  start(folder, [process.execPath, installed('drizzle-kit/bin.cjs'), ...words, '--out', 'drizzle']);

const tagOf = (name, index) => `${String(index).padStart(4, '0')}_${name}`;

const generate = (folder, dialect, core) => {
  write(folder, {
    'schema.mjs': `import { ${core}Table as table, integer, text } from 'drizzle-orm/${core}-core';
export const users = table('users', { id: integer().primaryKey(), name: text().notNull() });\n`,
  });
  const { status, stdout, stderr } = kit(
    folder,
    'generate',
    '--dialect',
    dialect,
    '--schema',
    'schema.mjs',
    '--name',
    'x',
  );
  const file = join(folder, 'drizzle/0000_x.sql');
  return { status, stdout: existsSync(file) ? readFileSync(file, 'utf8') : stdout, stderr };
};

export const drizzle = {
  ...npmPackage('drizzle-orm'),
  files: (migrations) => ({
    ...filesOf(
      migrations,
      (name, n) => `drizzle/${tagOf(name, n - 1)}.sql`,
      ({ up }) => statementsOf(up).join(';\n--> statement-breakpoint\n'),
    ),
    'drizzle/meta/_journal.json': JSON.stringify({
      version: '7',
      dialect: 'sqlite',
      entries: migrations.map(({ name }, idx) => ({
        idx,
        version: '6',
        when: 1_700_000_000_000 + idx,
        tag: tagOf(name, idx),
        breakpoints: true,
      })),
    }),
    'migrate.mjs': `
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
${ready}
migrate(drizzle('app.db'), { migrationsFolder: 'drizzle' });\n`,
  }),
  command: [process.execPath, 'migrate.mjs'],
  comparisons: { check: (folder) => kit(folder, 'check', '--dialect', 'sqlite') },
  fromModels: (folder) => generate(folder, 'sqlite', 'sqlite'),
  forPostgres: (folder) => generate(folder, 'postgresql', 'pg'),
};
