import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

// These tests look at dist: `npm run build` comes first, as it does in `npm test`.

const root = resolve(import.meta.dirname, '../..');
const action = readFileSync(join(root, 'action.yml'), 'utf8');
const script = readFileSync(join(root, 'scripts/action.sh'), 'utf8');

const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);\n';
const lossy = `CREATE TABLE users_new (id INTEGER PRIMARY KEY, email TEXT);
INSERT INTO users_new SELECT id, email FROM users WHERE id <> 2;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;
`;

/** Stands for `gh`: notes its arguments, and knows a comment, or may not write one. */
const gh = `#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$RUNNER_TEMP/gh.log"
case "$GH_STUB $*" in
  *'user.type == "Bot"'*) [[ $GH_STUB == known ]] && printf '77\\n78\\n' ;;
  denied*) echo 'HTTP 403' >&2; exit 1 ;;
esac
exit 0
`;

interface Ran {
  readonly status: number | null;
  readonly out: string;
  /** What was asked of GitHub. */
  readonly asked: readonly string[];
  readonly summary: string;
  readonly outputs: string;
  readonly comment: string;
}

describe('the action', () => {
  let folder = '';
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(name: string, text: string, mode = 0o644): void {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
  }

  function git(...words: string[]): void {
    const ran = spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { cwd: join(folder, 'app') });
    expect(ran.status, String(ran.stderr)).toBe(0);
  }

  /** A repository whose branch `topic` has one migration more than `main`. */
  function repository(added: string): void {
    folder = mkdtempSync(join(tmpdir(), 'dunlin-action-'));
    write('app/migrations/001_users.sql', users);
    git('init', '--quiet', '--initial-branch=main');
    git('add', '.');
    git('commit', '--quiet', '-m', 'one');
    git('checkout', '--quiet', '-b', 'topic');
    write('app/migrations/002_more.sql', added);
    const program = join(root, 'dist/cli/dunlin.js');
    const npx = '[ "$1 $2 $3" = "--no -- dunlin" ] || exit 97\nshift 3';
    write('bin/npx', `#!/bin/sh\n${npx}\nexec "${process.execPath}" "${program}" "$@"\n`, 0o755);
    write('bin/gh', gh, 0o755);
    mkdirSync(join(folder, 'temp'));
  }

  function run(variables: Readonly<Record<string, string>> = {}): Ran {
    const temp = (name: string): string => join(folder, 'temp', name);
    const { status, stdout } = spawnSync('bash', [join(root, 'scripts/action.sh')], {
      cwd: join(folder, 'app'),
      encoding: 'utf8',
      env: {
        PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
        RUNNER_TEMP: join(folder, 'temp'),
        GITHUB_OUTPUT: temp('outputs'),
        GITHUB_STEP_SUMMARY: temp('summary'),
        GITHUB_REF: 'refs/pull/12/merge',
        GITHUB_REPOSITORY: 'ada/app',
        GITHUB_WORKFLOW: 'migrations',
        GITHUB_JOB: 'check',
        GH_STUB: 'new',
        DUNLIN_DATABASE: '',
        DUNLIN_MIGRATIONS: '',
        DUNLIN_BASE: 'main',
        DUNLIN_ARGS: '--allow-pending',
        DUNLIN_COMMENT: 'true',
        ...variables,
      },
    });
    const textOf = (name: string): string => (existsSync(temp(name)) ? readFileSync(temp(name), 'utf8') : '');
    const asked = textOf('gh.log').split('\n').slice(0, -1);
    const [summary, outputs, comment] = ['summary', 'outputs', 'dunlin-comment.md'].map(textOf) as [
      string,
      string,
      string,
    ];
    return { status, out: stdout, asked, summary, outputs, comment };
  }

  it('gives its script every input as a variable, and no input to the text of a script', () => {
    const given = [...action.matchAll(/^ {8}(DUNLIN_\w+): \$\{\{ inputs\.[a-z-]+ \}\}$/gm)].map(([, name]) => name);
    expect(given.toSorted()).toEqual([...new Set(script.match(/DUNLIN_[A-Z]+/g))].toSorted());
    const inputs = [...action.matchAll(/^ {2}([a-z-]+):\n {4}description: .*\n {4}default:/gm)].map(
      ([, name]) => name!,
    );
    expect(inputs.length).toBe(7);
    for (const name of inputs) expect(action).toContain(`inputs.${name}`);
    const steps = [...action.matchAll(/^ {6}run: (.*)$/gm)].map(([, line]) => line);
    expect(steps).toEqual(['bash "$GITHUB_ACTION_PATH/scripts/action.sh"']);
  });

  it('comments what is new against the base branch, and keeps the exit code', () => {
    repository(lossy);
    const { status, out, asked, summary, outputs, comment } = run();
    expect(status).toBe(3);
    expect(out).toContain('::error file=migrations/002_more.sql,line=2,col=1,title=FAILS_ON_ROWS::');
    expect(out).toContain('2 migrations, 1 problem, 1 pending');
    expect(summary).toContain('### ❌ Dunlin check: failed');
    expect(outputs).toMatch(/^exit-code=3\nreport=.*dunlin-report\.md\n$/);
    expect(asked.at(-1)).toMatch(/^api --method POST repos\/ada\/app\/issues\/12\/comments -F body=@/);
    const [marker, ...rest] = comment.split('\n');
    expect(marker).toMatch(/^<!-- dunlin check \d+ -->$/);
    expect(rest.join('\n')).toBe(summary);
  });

  it('compares with the base branch where this one left it, and notes what could not be applied there', () => {
    repository('CREATE TABLE more (id INTEGER PRIMARY KEY);\n');
    git('add', '.');
    git('commit', '--quiet', '-m', 'two');
    git('checkout', '--quiet', 'main');
    write('app/migrations/003_later.sql', 'CREATE TABLE (;');
    git('add', '.');
    git('commit', '--quiet', '-m', 'three');
    git('checkout', '--quiet', 'topic');
    const { out, summary } = run();
    expect(out).not.toContain('::notice::');
    expect(summary).toContain('BASE_OUT_OF_ORDER');
    expect(summary).not.toContain('DATABASE_AHEAD');
    git('merge', '--quiet', '--no-edit', 'main');
    expect(run().out).toContain('::notice::Not all migrations of main could be applied');
  });

  it('changes its comment where there is one', () => {
    repository('CREATE TABLE more (id INTEGER PRIMARY KEY);\n');
    const { status, asked } = run({ GH_STUB: 'known' });
    expect(status).toBe(0);
    expect(asked.at(-1)).toMatch(/^api --method PATCH repos\/ada\/app\/issues\/comments\/77 -F body=@/);
  });

  it('does not fail where it may not comment', () => {
    repository('CREATE TABLE more (id INTEGER PRIMARY KEY);\n');
    const { status, out, summary } = run({ GH_STUB: 'denied' });
    expect(status).toBe(0);
    expect(out).toContain('::notice::The comment could not be written');
    expect(summary).toContain('✅');
  });

  it('asks GitHub nothing outside of a pull request, or where no comment is wanted', () => {
    repository('CREATE TABLE more (id INTEGER PRIMARY KEY);\n');
    const given = { DUNLIN_BASE: '', DUNLIN_DATABASE: 'new.db', DUNLIN_ARGS: '--allow-pending --quick' };
    const pushed = run({ ...given, GITHUB_REF: 'refs/heads/main' });
    expect([pushed.status, pushed.asked]).toEqual([0, []]);
    expect(pushed.summary).toContain('`new.db` at version 0: 2 migrations, 2 pending');
    expect(run({ ...given, DUNLIN_COMMENT: 'false', DUNLIN_MIGRATIONS: 'migrations' }).asked).toEqual([]);
  });

  it('leaves the dump of the configuration alone, and says where it finds no migrations', () => {
    repository('CREATE TABLE more (id INTEGER PRIMARY KEY);\n');
    write('app/dunlin.config.json', '{ "database": "app.db", "dump": "schema.sql" }');
    write('app/schema.sql', '-- mine\n');
    expect(run().status).toBe(0);
    expect(readFileSync(join(folder, 'app/schema.sql'), 'utf8')).toBe('-- mine\n');
    expect(run({ DUNLIN_MIGRATIONS: 'elsewhere' }).out).toContain('::notice::main has no folder elsewhere');
  });

  it('takes options over several lines', () => {
    repository('CREATE TABLE more (id INTEGER PRIMARY KEY);\n');
    const { status, summary } = run({ DUNLIN_BASE: '', DUNLIN_ARGS: '--database new.db\n--quick\n--allow-pending\n' });
    expect([status, summary.includes('`new.db` at version 0: 2 migrations, 2 pending')]).toEqual([0, true]);
  });

  it('has no report where the command line is wrong', () => {
    repository('');
    const { status, summary, outputs } = run({ DUNLIN_BASE: '', DUNLIN_DATABASE: 'new.db', DUNLIN_ARGS: '--wrong' });
    expect([status, summary, outputs]).toEqual([2, '', 'exit-code=2\n']);
  });
});
