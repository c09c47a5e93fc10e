import Database from 'better-sqlite3';
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Folder, type Ran } from './harness.ts';

const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);\n';
/** Loses rows that it does not declare. */
const lossy = `CREATE TABLE users_new (id INTEGER PRIMARY KEY, email TEXT);
INSERT INTO users_new SELECT id, trim(email) FROM users WHERE id <> 2;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;
`;
const tags = `-- Description: notes get tags
-- dunlin: destructive users.email
-- === UP MIGRATION ===
CREATE TABLE tags (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id));
ALTER TABLE users DROP COLUMN email;
-- === DOWN MIGRATION ===
ALTER TABLE users ADD COLUMN email TEXT;
DROP TABLE tags;
`;

describe('a report of check', () => {
  let folder: Folder | undefined;
  afterEach(() => folder?.remove());

  async function check(files: Readonly<Record<string, string>>, ...options: string[]): Promise<Ran> {
    folder = new Folder(files);
    return await folder.run(['check', '-d', 'app.db', ...options]);
  }

  function written(file: string): string {
    return readFileSync(join(folder!.path, file), 'utf8');
  }

  describe('for the log of GitHub Actions', () => {
    it('has an annotation at the line of each problem', async () => {
      const files = { 'migrations/001_users.sql': users, 'migrations/002_trim.sql': lossy };
      const { code, out } = await check(files, '--allow-pending', '--format', 'github');
      expect(code).toBe(3);
      const [annotation, summary, end] = out.split('\n');
      expect(annotation).toMatch(
        /^::error file=migrations\/002_trim\.sql,line=2,col=1,title=FAILS_ON_ROWS::002_trim passes on .*%0A%0ANothing was changed/,
      );
      expect([summary, end]).toEqual(['check of app.db: 2 migrations, 1 problem, 2 pending', '']);
    });

    it('names files from the root of the repository, and escapes what has a meaning', async () => {
      const app = 'a %, b:c/app';
      folder = new Folder({ [`${app}/migrations/001 users.sql`]: users });
      mkdirSync(join(folder.path, '.git'));
      const { out } = await folder.run(['check', '-d', 'app.db', '--format', 'github'], { cwd: app });
      expect(out).toContain(
        '::error file=a %25%2C b%3Ac/app/migrations/001 users.sql,line=1,title=FILE_NAME_INVALID::',
      );
    });

    it('has one for pending migrations that are not accepted, and warnings', async () => {
      const nullable = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);\n';
      const strict = `CREATE TABLE notes_new (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
INSERT INTO notes_new SELECT id, text FROM notes;
DROP TABLE notes;
ALTER TABLE notes_new RENAME TO notes;
`;
      const { code, out } = await check(
        { 'migrations/001_notes.sql': nullable, 'migrations/002_strict.sql': strict },
        '--format',
        'github',
      );
      expect(code).toBe(3);
      expect(out).toContain('::warning file=migrations/002_strict.sql,line=');
      expect(out).toContain('::error title=pending::2 migrations pending: 001_notes, 002_strict. --allow-pending');
      expect(out).toContain('2 pending, which is not accepted\n');
    });

    it('says which of several databases it is about', async () => {
      folder = new Folder({
        'dunlin.config.mjs': `export default { databases: { a: { path: 'a.db' }, b: { path: 'b.db' } } };`,
        'migrations/a/001_a.sql': users,
        'migrations/b/001_b.sql': 'CREATE TABLE (;',
      });
      const { code, out } = await folder.run(['check', '--all', '--allow-pending', '--format', 'github']);
      expect(code).toBe(3);
      expect(out).toContain('check of a: 1 migration, 1 pending, all in order\n');
      expect(out).toContain('title=FAILS_ON_EMPTY::b: 001_b cannot be applied');
      expect(out).toContain('check of b: 1 migration, 1 problem, 1 pending\n');
      const { out: text } = await folder.run(['check', '--all', '--allow-pending', '--format', 'sarif']);
      expect(JSON.parse(text).runs[0].results[0].message.text).toMatch(/^b: 001_b cannot/);
    });
  });

  describe('as SARIF', () => {
    it('has a rule for each code, places in the repository, and fingerprints that lines do not change', async () => {
      const files = { 'migrations/001_users.sql': users, 'migrations/002_trim.sql': lossy };
      const { code, out } = await check(files, '--allow-pending', '--format', 'sarif');
      expect(code).toBe(3);
      const log = JSON.parse(out);
      expect([log.$schema, log.version]).toEqual(['https://json.schemastore.org/sarif-2.1.0.json', '2.1.0']);
      const [run] = log.runs;
      expect(run.tool.driver.rules).toEqual([
        {
          id: 'FAILS_ON_ROWS',
          shortDescription: { text: 'fails on rows' },
          fullDescription: { text: expect.stringContaining('sample rows') },
          help: { text: expect.any(String), markdown: expect.any(String) },
        },
      ]);
      const [result] = run.results;
      expect(result).toMatchObject({ ruleId: 'FAILS_ON_ROWS', ruleIndex: 0, level: 'error' });
      expect(result.message.text).toContain('002_trim passes on a new database');
      expect(result.locations).toEqual([
        {
          physicalLocation: {
            artifactLocation: { uri: 'migrations/002_trim.sql', uriBaseId: '%SRCROOT%' },
            region: { startLine: 2, startColumn: 1 },
          },
        },
      ]);
      folder!.write('migrations/002_trim.sql', `-- a remark\n\n${lossy}`);
      const later = await folder!.run(['check', '-d', 'app.db', '--allow-pending', '--format', 'sarif']);
      const [moved] = JSON.parse(later.out).runs[0].results;
      expect(moved.locations[0].physicalLocation.region.startLine).toBe(4);
      expect(moved.partialFingerprints).toEqual(result.partialFingerprints);
    });

    it('shows what is about the database alone at the migrations, and files elsewhere by their URL', async () => {
      folder = new Folder({ 'app/migrations/001_users.sql': users, 'elsewhere/001 x.sql': users });
      mkdirSync(join(folder.path, 'app/.git'));
      const options = { cwd: 'app' };
      await folder.run(['up', '-d', 'app.db'], options);
      const db = new Database(join(folder.path, 'app/app.db'));
      db.exec('CREATE TABLE by_hand (id); CREATE TABLE by_hand_too (id)');
      db.close();
      const { out } = await folder.run(['check', '-d', 'app.db', '--format', 'sarif'], options);
      expect(JSON.parse(out).runs[0].results[0]).toMatchObject({
        ruleId: 'SCHEMA_DRIFT',
        locations: [{ physicalLocation: { artifactLocation: { uri: 'migrations', uriBaseId: '%SRCROOT%' } } }],
      });
      const other = await folder.run(['check', '-d', 'app.db', '-m', '../elsewhere', '--format', 'sarif'], options);
      const [result] = JSON.parse(other.out).runs[0].results;
      const { uri, uriBaseId } = result.locations[0].physicalLocation.artifactLocation;
      expect(uri).toMatch(/^file:\/\/\/.*\/elsewhere\/001%20x\.sql$/);
      expect(uriBaseId).toBeUndefined();
    });
  });

  const report = { 'migrations/001_users.sql': users, 'migrations/002_tags.sql': tags };

  it('as Markdown says what each migration does, what was tried, and what becomes of the schema', async () => {
    folder = new Folder({ 'migrations/001_users.sql': users });
    await folder.run(['up', '-d', 'app.db']);
    folder.write('migrations/002_tags.sql', tags);
    const options = ['check', '-d', 'app.db', '--allow-pending', '--replay', '--with-data', '--format', 'markdown'];
    const { code, out } = await folder.run(options);
    expect(code).toBe(0);
    for (const text of [
      '### ✅ Dunlin check: passed',
      '`app.db` at version 1: 2 migrations, 1 pending, all in order.',
      '<details><summary><b>002_tags</b>: 2 statements, may lose, as declared, <code>users.email</code></summary>',
      'notes get tags',
      '- can be rolled back\n- creates `tags`\n- alters `users`\n- is committed by itself',
      '```sql\nCREATE TABLE tags',
      '- 2 migrations ran on a scratch database with sample rows, 1 of them up, down and up again: nothing was found.',
      '- 1 migration ran on a copy with real rows',
      '- The applied migrations, run in an empty database, make the same schema.',
      '```diff\n+ table tags\n',
      '! table users\n-   column email TEXT',
      '```mermaid\n',
      '"tags"["tags (new)"] {',
      '"users"["users (changed)"] {',
    ])
      expect(out).toContain(text);
  });

  it('as HTML is a page without scripts and requests', async () => {
    const { code } = await check(report, '--allow-pending', '--report', 'new/check.html', '--report', 'check.md');
    expect(code).toBe(0);
    const page = written('new/check.html');
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).toContain('<svg ');
    expect(page).toContain('<span class="r-bad">may lose, as declared, <code>users.email</code></span>');
    expect(page).not.toMatch(/<script|<img|<link|<a |src=|url\(|@import|href=/);
    expect(written('check.md')).toContain('✅');
  });

  const hostile = `-- Description: [me](javascript:alert(1)) @octocat #12 https://evil.example www.evil.example $x$ <script>
CREATE TABLE "<img src=x onerror=alert(1)>" (id INTEGER PRIMARY KEY, "a|b" TEXT, "\`\`\`" TEXT);
CREATE TABLE "</details></style><script>alert(2)</script> @octocat" (
  "](javascript:alert(3))" INTEGER REFERENCES "<img src=x onerror=alert(1)>"(id));
CREATE VIEW "v\`\`\`\`" AS SELECT 1 AS "x\u202Ey";
`;

  it('escapes every name', async () => {
    const all = ['--allow-pending', '--report', 'check.html', '--report', 'check.md'];
    const { code } = await check({ 'migrations/001_hostile.sql': hostile }, ...all);
    expect(code).toBe(0);
    const page = written('check.html');
    expect(page).not.toMatch(/<script|<img|\u202E/);
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    const text = written('check.md');
    expect(text).not.toMatch(/\u202E/);
    // What is left of it outside of code means nothing to Markdown.
    const words = text.replaceAll(/^(`{3,})[^]*?^\1$/gm, '').replaceAll(/(?<!`)(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, '');
    expect(words).toContain('\\[me\\](javascript:alert(1)) @\u200Boctocat \\#\u200B12 https:\u200B//evil.example');
    expect(words).toContain('www\u200B.evil.example \\$x\\$ \\<script\\>');
    expect(words).not.toMatch(/<(?!\/?(?:details|summary|b|sub|code|br)\b)(?<!\\<)/);
  });

  it('of many migrations has room in a comment, and says what is left out', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => {
        const columns = Array.from({ length: 100 }, (__, n) => `column_number_${n} TEXT`).join(', ');
        return [`migrations/${String(i + 1).padStart(3, '0')}_t.sql`, `CREATE TABLE t${i} (${columns});\n`];
      }),
    );
    const { code } = await check(many, '--allow-pending', '--report', 'check.md', '--report', 'check.html');
    expect(code).toBe(0);
    const text = written('check.md');
    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/\*\d+ more migrations? left out: a comment has no room\.\*/);
    expect(text).toMatch(/\n\d+ more differences left out\n/);
    expect(text).toContain('*The diagram of the changed tables is left out: a comment has no room.*');
    expect([...text.matchAll(/<details>/g)].length).toBe([...text.matchAll(/<\/details>/g)].length);
    expect(written('check.html')).toContain('>t29<');
  });

  it('draws the tables that were dropped, and those that keys refer to', async () => {
    folder = new Folder({
      'migrations/001_all.sql': `CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE old (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES owners(id));
CREATE TABLE other (id INTEGER PRIMARY KEY);`,
    });
    await folder.run(['up', '-d', 'app.db']);
    folder.write('migrations/002_drop.sql', '-- dunlin: destructive old\nDROP TABLE old;\nCREATE VIEW v AS SELECT 1;');
    const { out } = await folder.run(['check', '-d', 'app.db', '--allow-pending', '--format', 'html']);
    expect(out).toContain('<g class="box dropped"');
    expect(out).toContain('>owners<');
    expect(out).not.toContain('>other<');
    expect(out).toContain('drops <code>old</code>');
  });

  it('says where a migration leaves the schema as it is, runs alone, or is code', async () => {
    const { out } = await check(
      {
        'migrations/001_vacuum.sql': '-- dunlin: no-transaction\nVACUUM;',
        'migrations/002_code.mjs': 'export default { up() {} };',
      },
      '--allow-pending',
      '--format',
      'html',
    );
    expect(out).toContain('The pending migrations leave the schema as it is.');
    expect(out).toContain('runs outside a transaction');
    expect(out).toContain('code: its statements are known when it runs');
  });

  it('of sets and rebuilds says what is checked', async () => {
    folder = new Folder({
      'migrations/001_users.sql': `${users}CREATE TABLE keys (name TEXT, value TEXT);`,
    });
    await folder.run(['up', '-d', 'app.db']);
    const db = new Database(join(folder.path, 'app.db'));
    db.exec(`INSERT INTO users VALUES (1, 'a')`);
    db.close();
    folder.write('migrations/002_rebuild.sql', `-- dunlin: together 003\n${lossy.replace(' WHERE id <> 2', '')}`);
    folder.write('migrations/003_more.sql', '-- dunlin: destructive\nCREATE TABLE more (id);\nBEGIN;\nCOMMIT;\n');
    folder.write('migrations/004_verify.sql', `${users.replace('users', 'v')}-- === VERIFY ===\n-- none\nSELECT 1;`);
    const { out } = await folder.run(['check', '-d', 'app.db', '--allow-pending', '--format', 'markdown']);
    for (const text of [
      '- happens together with 003, or not at all',
      '- the rebuild fills anew `users.email`',
      '**may lose anything: declared destructive**',
      '-- skipped: ',
    ])
      expect(out).toContain(text);
  });

  it('of --quick, and where the migrations fail, says that the difference is not known', async () => {
    const { out } = await check(report, '--allow-pending', '--quick', '--format', 'markdown');
    expect(out).toContain('What the pending migrations change is not known');
    const failed = await folder!.run(['check', '-d', 'app.db', '--allow-pending', '--quick', '--format', 'html']);
    expect(failed.out).toContain('What the pending migrations change is not known');
  });

  it('of a directory without migrations says nothing of what ran', async () => {
    folder = new Folder({ 'migrations/.keep': '' });
    const { code, out } = await folder.run(['check', '-d', 'app.db', '--format', 'markdown']);
    expect(code).toBe(0);
    expect(out).toContain('`app.db` at version 0: 0 migrations, all in order.');
    expect(out).not.toContain('Rehearsed');
  });

  it('of a failure has that as its problem', async () => {
    folder = new Folder({ 'migrations/001_a.sql': users, 'migrations/001_b.sql': users });
    const all = ['check', '-d', 'app.db', '--format'];
    const github = await folder.run([...all, 'github']);
    expect(github.code).toBe(3);
    expect(github.out).toContain('::error file=migrations/001_a.sql,line=1,title=VERSION_DUPLICATE::');
    const markdown = await folder.run([...all, 'markdown']);
    expect(markdown.out).toContain('### ❌ Dunlin check: failed');
    expect(markdown.out).toContain('**VERSION_DUPLICATE** in `migrations/001_a.sql`');
    const html = await folder.run([...all, 'html']);
    expect(html.out).toContain('VERSION_DUPLICATE');
  });

  describe('its options', () => {
    it('suggest the nearest format', async () => {
      const { code, out, err } = await check(report, '--allow-pending', '--format', 'markdwon');
      expect([code, out]).toEqual([2, '']);
      expect(err.replaceAll(/\s+/g, ' ')).toContain(
        'Did you mean `dunlin check -d app.db --allow-pending --format markdown`?',
      );
      const joined = await folder!.run(['check', '-d', 'app.db', '--format=htm']);
      expect(joined.err).toContain('`dunlin check -d app.db --format=html`');
      expect((await folder!.run(['check', '-d', 'app.db', '--format', 'pdf'])).err).not.toContain('Did you mean');
    });

    it('refuse an ending that says no format, and two formats of one output', async () => {
      const ending = await check(report, '--report', 'check.pdf');
      expect(ending.code).toBe(2);
      expect(ending.err).toContain('The ending of check.pdf says no format of a report: .md,');
      expect((await folder!.run(['check', '-d', 'app.db', '--report', ''])).err).toContain('The ending of ""');
      for (const other of ['--json', '--events'])
        expect((await folder!.run(['check', '-d', 'app.db', '--format', 'html', other])).code).toBe(2);
      const json = await folder!.run(['check', '-d', 'app.db', '--format', 'json', '--wrong']);
      expect(JSON.parse(json.out).error.code).toBe('OPTION_UNKNOWN');
    });

    it('--format json is --json, and says what is pending and what it changes', async () => {
      const { out } = await check(report, '--allow-pending', '--format', 'json', '--report', 'check.json');
      const document = JSON.parse(out);
      expect(document.steps.map(({ name }: { name: string }) => name)).toEqual(['users', 'tags']);
      expect(document.changes.map(({ kind, name }: { kind: string; name: string }) => [kind, name])).toEqual([
        ['added', 'tags'],
        ['added', 'users'],
      ]);
      expect(JSON.parse(written('check.json'))).toEqual(document);
      const same = await folder!.run(['check', '-d', 'app.db', '--allow-pending', '--json']);
      expect(JSON.parse(same.out)).toEqual(document);
    });

    it('that name a file beside text leave the text as it is', async () => {
      const plain = await check(report, '--allow-pending');
      const beside = await folder!.run(['check', '-d', 'app.db', '--allow-pending', '--report', 'check.sarif']);
      expect(beside).toEqual(plain);
      expect(JSON.parse(written('check.sarif')).runs[0].results).toEqual([]);
    });

    it('leave no earlier report of a check that cannot begin', async () => {
      const files = { 'migrations/001_users.sql': users };
      await check(files, '--allow-pending', '--report', 'r.md');
      expect(written('r.md')).toContain('Dunlin check');
      const { code } = await folder!.run(['check', '--config', 'none.json', '--report', 'r.md']);
      expect(code).toBe(2);
      expect(written('r.md')).toBe('');
      expect((await folder!.run(['check', '-d', 'app.db', '--allow-pending', '--report', 'r.md'])).code).toBe(0);
      expect(written('r.md')).toContain('Dunlin check');
    });

    it('refuse to overwrite anything but a report, before anything runs', async () => {
      folder = new Folder({
        ...report,
        'notes.md': '# Notes\n\nof `dunlin check`\n',
        'package.json': '{\n  "name": "check"\n}\n',
        'page.html': '<!doctype html>\n<title>Shop</title>\n',
        'scan.sarif': '{ "runs": [{ "tool": { "driver": { "name": "Other" } } }] }',
        'folder.md/x': '',
      });
      await folder.run(['up', '-d', 'app.json', '--to', '1']);
      symlinkSync('app.json', 'link.html');
      linkSync('app.json', 'hard.sarif');
      symlinkSync('migrations/001_users.sql', 'migration.md');
      const before = readFileSync('app.json');
      for (const [file, what] of [
        ['app.json', 'a database'],
        ['./app.json', 'a database'],
        ['link.html', 'a database'],
        ['hard.sarif', 'a database'],
        ['folder.md', 'a folder'],
        ['notes.md', 'not a report of `dunlin check`'],
        ['package.json', 'not a report of `dunlin check`'],
        ['page.html', 'not a report of `dunlin check`'],
        ['scan.sarif', 'not a report of `dunlin check`'],
        ['migration.md', 'not a report of `dunlin check`'],
      ] as const) {
        const text = what.startsWith('not') ? written(file) : undefined;
        const { code, out, err } = await folder.run(
          [
            'check',
            '-d',
            'app.json',
            '--allow-pending',
            '--report',
            'new.md',
            '--report',
            file,
            '--against-command',
          ].concat('echo ran > ran'),
        );
        expect([code, out]).toEqual([1, '']);
        expect(err.replaceAll(/\s+/g, ' ')).toContain(`${file} is ${what}; a report is not written over it.`);
        if (text !== undefined) expect(written(file)).toBe(text);
      }
      expect(readFileSync('app.json')).toEqual(before);
      expect([existsSync('new.md'), existsSync('ran')]).toEqual([false, false]);
    });

    it('refuse to overwrite what appeared while the check ran', async () => {
      folder = new Folder({ ...report, 'schema.sql': users });
      const command = 'echo mine > mine.md; cat schema.sql';
      const { code, err } = await folder.run([
        'check',
        '-d',
        'a.db',
        '--report',
        'mine.md',
        '--against-command',
        command,
      ]);
      expect([code, written('mine.md')]).toEqual([1, 'mine\n']);
      expect(err).toContain('REPORT_MISPLACED');
    });

    it.each(['md', 'html', 'json', 'sarif'])('overwrite an empty file and an earlier report: .%s', async (ending) => {
      folder = new Folder({ 'migrations/001_a.sql': 'CREATE TABLE (;', [`check.${ending}`]: '' });
      const again = ['check', '-d', 'app.db', '--allow-pending', '--report', `check.${ending}`];
      expect((await folder.run(again)).code).toBe(3);
      folder.write('migrations/001_a.sql', users);
      expect((await folder.run(again)).code).toBe(0);
      const first = written(`check.${ending}`);
      expect((await folder.run(again)).code).toBe(0);
      expect(written(`check.${ending}`)).toBe(first);
    });

    it('fail with REPORT_NOT_WRITTEN where a file cannot be written', async () => {
      folder = new Folder(report);
      writeFileSync(join(folder.path, 'file'), '');
      const { code, err } = await folder.run(['check', '-d', 'app.db', '--allow-pending', '--report', 'file/x.html']);
      expect(code).toBe(1);
      expect(err).toContain('REPORT_NOT_WRITTEN');
      expect(err).toContain('file/x.html cannot be written');
      symlinkSync('loop.md', 'loop.md');
      expect((await folder.run(['check', '-d', 'app.db', '--report', 'loop.md'])).err).toContain('REPORT_NOT_WRITTEN');
    });
  });
});
