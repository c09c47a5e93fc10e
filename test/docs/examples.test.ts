import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, root, type Block } from './markdown.ts';
import { Playground } from './playground.ts';

// These tests look at dist: `npm run build` comes first, as it does in `npm test`.

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
};

/** What examples that speak of users presume. */
const users = `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE);
  INSERT INTO users (email) VALUES ('ada@example.org'), ('grace@example.org');
  CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE);
  INSERT INTO notes (user_id) VALUES (1), (1), (2);`;

describe('README.md', () => {
  const [example] = blocksOf('README.md', 'sql');
  const shell = blocksOf('README.md', 'sh');

  it('installs the package by its name', () => {
    expect(shell[0]?.text.trim()).toBe(`npm install ${manifest.name}`);
  });

  it('migrates a database with the library', () => {
    const place = new Playground();
    place.write('migrations/001_add_user_roles.sql', example!.text);
    const [block] = blocksOf('README.md', 'js');
    expect(place.module(block!.text)).toMatchObject({ status: 0, output: '1 applied, now at version 1\n' });
    expect(place.rows('app.db', 'SELECT name FROM roles')).toEqual([{ name: 'admin' }, { name: 'user' }]);
    expect(place.module(block!.text).output).toBe('0 applied, now at version 1\n');
  });

  it('migrates a database with the command line', () => {
    const place = new Playground();
    place.sql('app.db', users);
    const outputs = runLines(place, shell[1]!, example!.text);
    expect(place.files('migrations')).toEqual(['001_add_user_roles.sql']);
    expect(outputs).toMatchObject([
      expect.stringContaining('migrations/001_add_user_roles.sql\n'),
      expect.stringContaining('1 pending on app.db'),
      expect.stringContaining('app.db is at version 1'),
      expect.stringContaining('1 applied, 0 pending'),
      expect.stringContaining('app.db is at version 0, 1 pending'),
      expect.stringContaining('1 pending (001_add_user_roles)'),
      expect.stringContaining('version 0 → app.db: 2 differences (2 added)'),
      expect.stringContaining('schema.svg written'),
    ]);
  });

  it('sets up a demo, and the tests, in one line each', () => {
    const place = new Playground();
    place.link('examples');
    const [demo = '', tests = ''] = shell.slice(2).map(({ text }) => text.trim());
    expect(demo).toMatch(/^npm ci && /);
    const { status, output } = place.shell(demo.replace('npm ci && ', ''));
    expect(output).toContain('demo.db is at version 3 (1.2.0)');
    expect(output).toContain('3 applied, 0 pending');
    expect(status).toBe(0);
    expect(tests).toBe('npm ci && npm test');
    expect(manifest.scripts['test']).toBeDefined();
    // `npm ci` builds, because `npx dunlin` runs what was built.
    expect(manifest.scripts['prepare']).toBe('npm run build');
  });
});

describe('docs/reference/migration-files.md', () => {
  it.each(blocksOf('docs/reference/migration-files.md', 'sql').map((block): [string, Block] => [block.at, block]))(
    'the SQL at %s does what it says, up and down',
    (_at, { text }) => {
      const place = new Playground();
      if (!/^CREATE TABLE users \(/m.test(text)) place.sql('app.db', users);
      place.write('migrations/002_add_user_roles.sql', text);
      expect(place.shell('dunlin check --allow-pending -d app.db')).toMatchObject({ status: 0 });
      expect(place.shell('dunlin up -d app.db')).toMatchObject({ status: 0 });
      const [row] = place.rows(
        'app.db',
        "SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM sqlite_schema WHERE name = 'notes') AS notes",
      );
      if ((row as { notes: number }).notes === 1) {
        expect(row).toMatchObject({ users: 2 });
        expect(place.rows('app.db', 'SELECT id FROM notes')).toHaveLength(3);
      }
      if (/DOWN MIGRATION/.test(text)) expect(place.shell('dunlin down -d app.db')).toMatchObject({ status: 0 });
    },
  );
});

describe('docs/explanation/guards.md', () => {
  const base = `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, nickname TEXT);
    INSERT INTO users (email) VALUES ('ada@example.org'), ('grace@example.org');
    CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, title TEXT NOT NULL);
    INSERT INTO notes (user_id, title) VALUES (1, 'a'), (1, ''), (2, 'c');
    CREATE VIEW addresses AS SELECT email FROM users;
    CREATE TABLE drafts (id INTEGER PRIMARY KEY);`;

  it.each(blocksOf('docs/explanation/guards.md', 'sql').map((block): [string, Block] => [block.at, block]))(
    'treats the SQL at %s as the page says',
    (_at, { text }) => {
      const place = new Playground();
      place.sql('app.db', base);
      place.write('migrations/007_tidy.sql', text);
      const { status, data } = place.shell('dunlin up -d app.db --json');
      const expected = /rolled back: (\w+)/.exec(text)?.[1];
      const { error } = JSON.parse(data) as { error?: { code: string } };
      expect(error?.code).toBe(expected);
      expect(status).toBe(expected === undefined ? 0 : 1);
    },
  );
});

describe('docs/explanation/guards.md, files that happen together', () => {
  const files = blocksOf('docs/explanation/guards.md', 'text')
    .find(({ text }) => text.startsWith('301_'))!
    .text.trim()
    .split('\n');
  const place = (): Playground => {
    const made = new Playground();
    made.sql(
      'app.db',
      `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT); CREATE INDEX users_email ON users (email);
       INSERT INTO users (email) VALUES ('ada@example.org');`,
    );
    for (const line of files) {
      const [, name, sql] = /^(\S+) +(.*)$/.exec(line)!;
      made.write(`migrations/${name}`, sql!);
    }
    return made;
  };

  it('are refused one by one, with what to write', () => {
    const { status, output } = place().shell('dunlin up -d app.db');
    expect(output).toContain('INDEX_LOST');
    expect(output).toContain('-- dunlin: together 303');
    expect(status).toBe(1);
  });

  it('run as the example says', () => {
    const made = place();
    const [example] = blocksOf('docs/explanation/guards.md', 'js');
    expect(made.module(example!.text)).toMatchObject({ status: 0 });
    expect(made.rows('app.db', 'SELECT email FROM users')).toEqual([{ email: 'ada@example.org' }]);
  });
});

describe('docs/reference/configuration.md', () => {
  const page = 'docs/reference/configuration.md';

  it('shows a configuration that is one', () => {
    const place = new Playground();
    place.write('dunlin.config.json', blocksOf(page, 'json')[0]!.text);
    for (const name of ['settings', 'graph']) place.write(`migrations/${name}/001_a.sql`, 'CREATE TABLE a (b);');
    place.write('data/.keep', '');
    expect(place.shell('dunlin up --all')).toMatchObject({ status: 0, output: expect.stringContaining('graph') });
    expect(existsSync(join(place.folder, 'data/graph.db'))).toBe(true);
    expect(place.shell('dunlin check').output).toContain('settings.db');
  });

  it('shows a completion that the shell takes', () => {
    const place = new Playground();
    expect(place.shell('eval "$(npx dunlin completion bash)"')).toMatchObject({ status: 0, output: '' });
  });
});

describe('docs/reference/errors.md', () => {
  it('shows how to look at a code', () => {
    const place = new Playground();
    const [block] = blocksOf('docs/reference/errors.md', 'js');
    expect(place.module(block!.text)).toMatchObject({
      status: 1,
      output: expect.stringContaining('DIRECTORY_NOT_FOUND'),
    });
    place.write('migrations/001_a.sql', 'CREATE TABLE a (b);');
    expect(place.module(block!.text)).toMatchObject({ status: 0, output: '' });
  });
});

describe('code on the pages', () => {
  it('compiles', () => {
    const place = new Playground();
    const pages = ['README.md', 'docs/reference/migration-files.md', 'docs/reference/errors.md'];
    for (const [i, { text }] of pages.flatMap((page) => blocksOf(page, 'ts', 'js')).entries())
      place.write(`block${i}.ts`, text);
    const options = {
      strict: true,
      module: 'nodenext',
      target: 'es2022',
      types: ['node'],
      noEmit: true,
      skipLibCheck: true,
    };
    place.write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['block*.ts'] }));
    place.write('package.json', '{ "type": "module" }');
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', place.folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

/**
 * Runs the lines of a shell block; each has to end with 0, or with the exit code that its comment tells. A file that
 * `create` wrote is filled in, as a reader would.
 */
function runLines(place: Playground, block: Block, migration: string): string[] {
  return block.text
    .trim()
    .split('\n')
    .map((line, i) => {
      const { status, data, output } = place.shell(line);
      const expected = Number(/exit code (\d+)/.exec(line)?.[1] ?? 0);
      // "exit code 3 if ...": 0 is the other answer.
      const allowed = /exit code \d+ if/.test(line) ? [0, expected] : [expected];
      expect(allowed, `${block.at}, line ${i + 1}: ${line}\n${output}`).toContain(status);
      if (line.startsWith('npx dunlin create ')) writeFileSync(join(place.folder, data.trim()), migration);
      return output;
    });
}
