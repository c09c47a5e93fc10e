import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { root } from './markdown.ts';
import { Playground } from './playground.ts';

// These tests look at dist: `npm run build` comes first, as it does in `npm test`.

type Json = Readonly<Record<string, unknown>>;

const page = readFileSync(join(root, 'docs/reference/json.md'), 'utf8');

/** A documented field; one that is optional may be missing. */
interface Field {
  readonly name: string;
  readonly optional: boolean;
}

const files = {
  'migrations/001_users.sql': `-- Schema-Version: 1.0.0
-- === UP MIGRATION ===
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);
-- === DOWN MIGRATION ===
DROP TABLE users;
-- === VERIFY ===
-- nobody yet
SELECT count(*) = 0 FROM users;`,
  'migrations/002_notes.sql': 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);',
};
const broken = { 'migrations/003_broken.sql': 'CREATE TABLE more (id);\nINSERT INTO nothing VALUES (1);' };

const partFields = ['kind', 'part', 'name', 'before', 'after', 'properties', 'was'];

describe('docs/reference/json.md says what is printed:', () => {
  let place: Playground;
  beforeEach(() => {
    place = new Playground();
    for (const [name, text] of Object.entries(files)) place.write(name, text);
  });

  function json(command: string, status = 0): Json {
    const ran = place.shell(`dunlin ${command} -d app.db --json`);
    expect(ran.status, ran.output).toBe(status);
    return JSON.parse(ran.data) as Json;
  }

  const general = fieldsOf('Every document');
  /** Commands about files, such as `create` and `squash`, have no database. */
  const every = general.map((field) => (field.name === 'database' ? { ...field, optional: false } : field));
  const migration = ['version', 'name'].map((name) => ({ name, optional: false }));

  it('up', () => {
    const document = json('up');
    const run = fieldsOf('`up`, `down`, `redo`, `to`, `baseline`');
    has(document, [...every, ...run]);
    has(first(document, 'applied'), [...migration, ...inText('what ran: [migration](#migration) with')]);
  });

  it('up, with migrations left', () => {
    has(first(json('up --steps 1'), 'pending'), migration);
  });

  it('up, failing', () => {
    place.write(...entry(broken));
    const document = json('up', 1);
    has(document, [...every, ...['applied', 'pending', 'failed', 'backup'].map((name) => ({ name, optional: false }))]);
    has(document['error'] as Json, fieldsOf('Problem'));
    has(document['failed'] as Json, [...migration, ...['code', 'location'].map((name) => ({ name, optional: false }))]);
    has((document['error'] as { location: Json }).location, inText('| `location` | object or null |'));
    // The example on the page has the very shape.
    const example = JSON.parse(/```json\n([^]*?)\n```/.exec(page)?.[1] ?? '') as Json;
    expect(shapeOf(document)).toEqual(shapeOf(example));
  });

  it('backup', () => {
    json('up --steps 1');
    const made = ['id', 'file', 'bytes'].map((name) => ({ name, optional: false }));
    const created = json('backup create');
    has(created, [...every, { name: 'backup', optional: false }]);
    has(created['backup'] as Json, made);
    const [one = []] = tablesOf('`backup`');
    const listed = json('backup list');
    has(listed, [...every, { name: 'backups', optional: false }]);
    has(first(listed, 'backups'), one);
    const more = ['sound', 'error'].map((name) => ({ name, optional: false }));
    has(first(json('backup verify'), 'backups'), [...one, ...more]);
    has(json('backup prune'), [...every, { name: 'removed', optional: false }]);
    json('up');
    const restored = json('backup restore latest --yes');
    const [, restore = []] = tablesOf('`backup`');
    has(restored, [...every, ...restore]);
    has(restored['backup'] as Json, one);
    has(restored['before'] as Json, made);
    has(first(restored, 'rows'), inText('tables whose number of rows differed: ').slice(0, 3));
    has(json('status')['backup'] as Json, [...made, { name: 'createdAt', optional: false }]);
    has(json('plan')['backup'] as Json, inText('the backup that the run would make first:'));
  });

  it('rehearse', () => {
    place.write('migrations/003_rows.sql', "INSERT INTO notes VALUES (1, 'one'), (2, 'two');");
    json('up');
    place.write(
      'migrations/004_fewer.sql',
      'DELETE FROM notes WHERE id = 1; ALTER TABLE notes RENAME COLUMN text TO body;',
    );
    const document = json('rehearse');
    has(document, [...every, ...fieldsOf('`rehearse`')]);
    has(first(document, 'losses'), inText('| `losses` | objects with').slice(0, 7));
    has(first(document, 'tables'), inText('| `tables` | those that differ: objects with'));
    has(first(first(document, 'tables')!, 'columns'), inText('An element of `columns` has'));
    has(document['measures'] as Json, inText('| `measures` |'));
  });

  it('dump', () => {
    json('up --dump schema.sql');
    has(json('dump'), [...every, ...fieldsOf('`dump`')]);
    has(json('dump --output other.sql'), [...every, ...fieldsOf('`dump`')]);
  });

  it('generate', () => {
    const kept =
      'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT); CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);';
    place.write('wanted.sql', `${kept} CREATE TABLE tags (id INTEGER PRIMARY KEY);`);
    for (const options of ['--dry-run', '', '']) {
      const document = json(`generate tags --to wanted.sql ${options}`);
      has(document, [...general, ...fieldsOf('`generate`')]);
    }
  });

  it('squash', () => {
    place.write('migrations/003_roles.sql', "CREATE TABLE roles (name TEXT); INSERT INTO roles VALUES ('admin');");
    for (const options of ['--dry-run', '']) {
      const document = json(`squash --to 3 ${options}`);
      has(document, [...general, ...fieldsOf('`squash`')]);
      has(first(document, 'replaces'), migration);
      has(first(document, 'rows'), inText('the tables with rows that the migrations insert:'));
    }
  });

  it('renumber, and repair after it', () => {
    json('up');
    place.write('migrations/002_tags.sql', 'CREATE TABLE tags (id);');
    const document = json('renumber 002_tags.sql');
    has(document, [...general, { name: 'renumbered', optional: false }]);
    const numbered = inText('`renumbered`: an array of');
    has(first(document, 'renumbered'), numbered.slice(0, 4));
    has((first(document, 'renumbered') ?? {})['before'] as Json, [numbered[0]!, numbered[2]!]);
    expect(place.shell('mv migrations/002_notes.sql migrations/004_notes.sql').status).toBe(0);
    expect(place.shell('mv migrations/003_tags.sql migrations/003_x.sql').status).toBe(0);
    has(first(json('repair'), 'changes'), [
      ...migration,
      ...['kind', 'to', 'file'].map((name) => ({ name, optional: false })),
    ]);
    expect(place.shell('mv migrations/004_notes.sql notes.sql').status).toBe(0);
    place.write('migrations/002_other.sql', 'CREATE TABLE other (id);');
    const change = first(json('repair'), 'changes') ?? {};
    has(change, [...migration, ...['kind', 'other'].map((name) => ({ name, optional: false }))]);
    has(
      change['other'] as Json,
      ['file', 'recorded', 'present'].map((name) => ({ name, optional: false })),
    );
  });

  it('up, keeping a dump', () => {
    const { dump } = json('up --dump schema.sql') as { dump: Json };
    has(dump, inText('or if the configuration keeps one:'));
  });

  it('adopt and export', () => {
    place.sql(
      'app.db',
      `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);
       CREATE TABLE kysely_migration (name varchar(255) not null primary key, timestamp varchar(255) not null);
       INSERT INTO kysely_migration VALUES ('001_users', '2026-01-01T00:00:00.000Z')`,
    );
    const adopted = json('adopt --dump schema.sql');
    has(adopted, [...every, ...fieldsOf('`adopt`')]);
    const more = ['recorded', 'appliedAt', 'checksum'].map((name) => ({ name, optional: false }));
    has(first(adopted, 'migrations'), [...migration, ...more]);
    const undone = ['migrations', 'tablesDropped'].map((name) => ({ name, optional: false }));
    has(json('adopt --undo'), [...every, ...undone]);
    json('adopt');
    json('up');
    const exported = json('export --to kysely');
    has(exported, [...every, ...fieldsOf('`export`')]);
    has(first(exported, 'added'), [...migration, { name: 'recorded', optional: false }]);
  });

  it('several problems', () => {
    place.write('migrations/002_other.sql', 'SELECT 1;');
    place.write('migrations/2 bad.sql', 'SELECT 1;');
    const { error } = json('up', 1) as { error: { problems: Json[] } };
    expect(error.problems.length).toBeGreaterThan(1);
    for (const problem of error.problems) has(problem, fieldsOf('Problem'));
  });

  it('plan', () => {
    const document = json('plan');
    const [plan = [], step = []] = tablesOf('`plan`, `up --dry-run`');
    has(document, [...every, ...plan]);
    has(first(document, 'steps'), [...migration, ...step]);
    const [one] = document['steps'] as { statements: Json[]; touches: Json }[];
    has(one?.statements[0], inText('| `statements` | array |'));
    has(one?.touches, inText('| `touches` | object |'));
  });

  it.each(['status', 'check'])('%s', (command) => {
    json('up --steps 1');
    const document = json(command, command === 'check' ? 3 : 0);
    has(document, [...every, ...fieldsOf('`status`, `check`')]);
    const states = '`applied`, `pending`, `edited`, `conflict`, `renumbered`, `missing`, `ahead`, `out-of-order`';
    expect(page).toContain(states);
    const fields = inText('An element of `migrations` is a').filter(({ name }) => !states.includes(`\`${name}\``));
    has(first(document, 'migrations'), [...migration, ...fields]);
    const rounds = inText('`rounds` and `data` have');
    if (command === 'check')
      has(
        document['rounds'] as Json,
        rounds.filter(({ name }) => name !== 'ok'),
      );
  });

  it('history', () => {
    place.write(...entry(broken));
    json('up', 1);
    const document = json('history');
    has(document, [...every, { name: 'runs', optional: false }]);
    const fields = fieldsOf('`history`');
    has(first(document, 'runs'), fields);
    const attempts = (document['runs'] as { migrations: Json[] }[])[0]?.migrations ?? [];
    for (const attempt of attempts)
      has(
        attempt,
        fields.filter(({ name }) => name !== 'migrations'),
      );
    const failed = attempts.find((attempt) => attempt['status'] === 'failed');
    has(failed?.['error'] as Json, inText('| `error` | object or null |'));
  });

  it('diff, and drift', () => {
    json('up --steps 1');
    const change = fieldsOf('Change');
    const ran = place.shell('dunlin diff 0 app.db --json');
    expect(ran.status, ran.output).toBe(0);
    const document = JSON.parse(ran.data) as Json;
    has(document, [...general, ...['from', 'to', 'changes'].map((name) => ({ name, optional: false }))]);
    has(first(document, 'changes'), change);
    place.shell(`sqlite3 app.db 'ALTER TABLE users ADD COLUMN nick'`);
    const drift = first(json('status'), 'drift');
    has(
      drift,
      change.map((field) => ({ ...field, optional: false })),
    );
    has(
      first(drift!, 'parts'),
      inText('| `parts` | array |').filter(({ name }) => /^[a-z]+$/.test(name) && partFields.includes(name)),
    );
    has(json('repair --schema --yes'), [...every, { name: 'schema', optional: false }]);
  });

  it.each([
    ['try 1 -d app.db', '`try`'],
    ['repair -d app.db', '`repair`'],
    ['reset -d app.db --confirm app.db', '`reset`, `create`, `init`'],
    ['create more', '`reset`, `create`, `init`'],
    ['init', '`reset`, `create`, `init`'],
  ])('%s', (command, heading) => {
    place.write('app.db', '');
    const ran = place.shell(`dunlin ${command} --json`);
    expect(ran.status, ran.output).toBe(0);
    const words = sectionOf(heading).match(/`[a-zA-Z]+`/g) ?? [];
    const fields = words.map((word) => ({ name: word.slice(1, -1), optional: true }));
    const document = JSON.parse(ran.data) as Json;
    has(document, [...(command.includes('-d') ? every : general), ...fields]);
  });

  it('events', () => {
    const { output, status } = place.shell('dunlin up -d app.db --events');
    expect(status).toBe(0);
    const events = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json & { type: string });
    expect(events.at(-1)?.type).toBe('result');
    for (const { type, ...event } of events.slice(0, -1)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${type}\` |`));
      expect(row, type).toBeDefined();
      const fields = (
        row
          ?.split('|')[2]
          ?.replaceAll(/\([^)]*\)/g, '')
          .match(/`(\w+)`/g) ?? []
      ).map((name) => ({ name: name.slice(1, -1), optional: false }));
      has(event, [...fields, ...['time', 'database'].map((name) => ({ name, optional: false }))]);
    }
  });
});

/** Every documented field is there, and nothing is there that is not documented. */
function has(document: Json | undefined, fields: readonly Field[]): void {
  const present = Object.keys(document ?? {});
  const required = fields.filter(({ optional }) => !optional).map(({ name }) => name);
  const known = fields.map(({ name }) => name);
  expect({
    missing: required.filter((name) => !present.includes(name)),
    unknown: present.filter((name) => !known.includes(name)),
  }).toEqual({ missing: [], unknown: [] });
}

function first(document: Json, list: string): Json | undefined {
  return (document[list] as readonly Json[])[0];
}

function sectionOf(heading: string): string {
  const start = page.search(new RegExp(`^#+ ${heading.replaceAll(/[`-]/g, '\\$&')}$`, 'm'));
  expect(start, `json.md has no section ${heading}`).toBeGreaterThan(-1);
  return page.slice(start + 1).split(/^#+ /m)[1] ?? page.slice(start);
}

/** The fields of the tables of a section: names in the first column, "optional" in the second. */
function tablesOf(heading: string): Field[][] {
  const tables = sectionOf(heading)
    .split(/\n\n/)
    .filter((block) => block.startsWith('| field |'));
  return tables.map((table) =>
    table
      .split('\n')
      .slice(2)
      .flatMap((row) => {
        const [, names = '', type = ''] = row.split('|');
        return [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => ({ name, optional: type.includes('optional') }));
      }),
  );
}

function fieldsOf(heading: string): Field[] {
  const [fields] = tablesOf(heading);
  return fields ?? [];
}

/** The names in backticks behind these words, on their line. */
function inText(words: string): Field[] {
  const line = page.split('\n').find((one) => one.includes(words)) ?? '';
  const from = line.slice(line.indexOf(words) + words.length);
  return [...from.replaceAll(/\([^)]*\)/g, '').matchAll(/`([\w-]+)`/g)].map(([, name = '']) => ({
    name,
    optional: false,
  }));
}

function entry(files: Readonly<Record<string, string>>): [string, string] {
  return Object.entries(files)[0]!;
}

/** A document's keys and types, its values left out; of a list the first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, Array.isArray(inner) ? 'list' : shapeOf(inner)]),
  );
}
