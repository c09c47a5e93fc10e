import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../commands/index.ts';
import { completionScript } from './completion-script.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-completion-'));
  writeFileSync(join(folder, 'completion.bash'), completionScript('bash', commands));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data.db'), '');
  writeFileSync(join(folder, 'with space.db'), '');
  for (const shell of ['zsh', 'fish'] as const)
    writeFileSync(join(folder, `completion.${shell}`), completionScript(shell, commands));
  // Stands for the real command, which prints what the configuration and the folders have.
  writeProgram('bin/dunlin', '');
  writeProgram('project/node_modules/.bin/dunlin', '1');
  mkdirSync(join(folder, 'project/src'));
});

function writeProgram(name: string, prefix: string): void {
  const text = `#!/bin/sh
case "$*" in
  "completion --databases") echo settings; echo graph ;;
  "completion --versions") printf '${prefix}001\\tusers\\n${prefix}002\\tnotes\\n' ;;
  "completion --versions -m other") printf '${prefix}007\\tother\\n' ;;
  "completion --versions -d graph --config my.json") printf '${prefix}042\\tgraph\\n' ;;
  "completion --backups") printf 'latest\\tthe newest\\n${prefix}2026-manual\\tversion 2\\n' ;;
  "completion --backups --backup-dir saved") printf '${prefix}2025-manual\\n' ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
`;
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

/** The environment of a shell in which the program is installed for all. */
const env = (): Record<string, string | undefined> => ({
  ...process.env,
  PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What bash offers for the last word after `dunlin`. */
function complete(...words: string[]): string[] {
  return completeLine(['dunlin', ...words]);
}

/** What bash offers for the last word of a line, in a folder, with the completion that it has for the first word. */
function completeLine(words: readonly string[], at = '.', before = ''): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `
    ${before}
    source ${join(folder, 'completion.bash')}
    COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}
    $(complete -p '${words[0]}' | sed 's/.* -F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', script], {
    cwd: join(folder, at),
    env: env(),
    encoding: 'utf8',
  });
  expect({ stderr: stderr.replace(/.*compopt: not currently executing.*\n/g, ''), status }).toEqual({
    stderr: '',
    status: 0,
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

describe('bash', () => {
  it('parses', () => {
    const { status, stderr } = spawnSync('bash', ['-n', join(folder, 'completion.bash')], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('completes commands', () => {
    expect(complete('st')).toEqual(['status']);
    expect(complete('')).toEqual([...commands.map((command) => command.name), 'help', '--help', '--version'].sort());
    expect(complete('help', 're')).toEqual(['redo', 'rehearse', 'renumber', 'repair', 'reset']);
  });

  it('completes the options of the command', () => {
    expect(complete('down', '--st')).toEqual(['--steps']);
    expect(complete('status', '--c')).toEqual(['--check', '--config']);
    expect(complete('--json', 'status', '--c')).toEqual(['--check', '--config']);
    expect(complete('create', '--events')).toEqual([]);
  });

  it('completes values', () => {
    expect(complete('up', '--layout', '')).toEqual(['filename', 'semver', 'standard']);
    expect(complete('up', '--steps', '')).toEqual([]);
    expect(complete('completion', '')).toEqual(['bash', 'fish', 'zsh']);
  });

  it('completes files, directories, and the configuration’s databases', () => {
    expect(complete('up', '-m', 'da')).toEqual(['data']);
    expect(complete('up', '-d', 'da')).toEqual(['data', 'data.db']);
    expect(complete('up', '-d', 's')).toEqual(['settings']);
    expect(complete('up', '-d', 'w')).toEqual(['with space.db']);
    expect(complete('try', 'dat')).toEqual(['data', 'data.db']);
  });
});

describe('bash, of what is in the project', () => {
  it('completes versions, of the migrations that the line names', () => {
    expect(complete('up', '--to', '')).toEqual(['001', '002']);
    for (const command of ['to', 'baseline', 'repair']) expect(complete(command, '')).toEqual(['001', '002']);
    expect(complete('down', '--to', '002')).toEqual(['002']);
    expect(complete('up', '-m', 'other', '--to', '')).toEqual(['007']);
    expect(complete('-d', 'graph', 'plan', '--config', 'my.json', '--to', '')).toEqual(['042']);
  });

  it('completes backups after what takes one', () => {
    expect(complete('backup', 're')).toEqual(['restore']);
    expect(complete('backup', 'restore', '')).toEqual(['2026-manual', 'latest']);
    expect(complete('backup', 'verify', 'l')).toEqual(['latest']);
    expect(complete('backup', '--backup-dir', 'saved', 'restore', '')).toEqual(['2025-manual']);
    expect(complete('backup', 'restore', '--f')).toEqual(['--force']);
  });

  it('completes after npx, also with its options', () => {
    expect(completeLine(['npx', 'dunlin', 'st'])).toEqual(['status']);
    expect(completeLine(['npx', 'dunlin', 'to', ''])).toEqual(['001', '002']);
    expect(completeLine(['npx', '--no', '-y', 'dunlin', 'down', '--st'])).toEqual(['--steps']);
    expect(completeLine(['npx', 'dunlin', 'up', '-m', 'other', '--to', ''])).toEqual(['007']);
  });

  it('leaves other programs to the completion that npx had, also if it is loaded twice', () => {
    expect(completeLine(['npx', 'eslint', 'st'])).toEqual([]);
    const twice = `_npx() { COMPREPLY=("npx's own"); }; complete -F _npx npx; source ${join(folder, 'completion.bash')}`;
    expect(completeLine(['npx', 'eslint', 'st'], '.', twice)).toEqual(["npx's own"]);
    expect(completeLine(['npx', 'dun'], '.', twice)).toEqual(["npx's own"]);
    expect(completeLine(['npx', 'dunlin', 'st'], '.', twice)).toEqual(['status']);
  });

  it('asks the Dunlin of the project before the one for all, from folders below too', () => {
    expect(completeLine(['dunlin', 'to', ''], 'project')).toEqual(['1001', '1002']);
    expect(completeLine(['npx', 'dunlin', 'to', ''], 'project/src')).toEqual(['1001', '1002']);
  });
});

const hasFish = spawnSync('fish', ['--version']).status === 0;
const hasZsh = spawnSync('zsh', ['--version']).status === 0;

describe.skipIf(!hasFish)(`fish${hasFish ? '' : ' (skipped: fish is not installed)'}`, () => {
  it.each([
    ['dunlin st', ['status']],
    ['dunlin up --to ', ['001', '002']],
    ['dunlin up -m other --to ', ['007']],
    ['dunlin backup re', ['restore']],
    ['dunlin backup restore ', ['latest', '2026-manual']],
    ['npx dunlin st', ['status']],
    ['npx dunlin to ', ['001', '002']],
    ['npx dunlin backup verify l', ['latest']],
  ])('offers for %s', (line, expected) => {
    const script = `source completion.fish; complete -C '${line}'`;
    const { stdout } = spawnSync('fish', ['--no-config', '-c', script], { cwd: folder, env: env(), encoding: 'utf8' });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((found) => found.split('\t')[0]),
    ).toEqual(expected);
  });
});

describe.skipIf(!hasZsh)(`zsh${hasZsh ? '' : ' (skipped: zsh is not installed)'}`, () => {
  it('parses', () => {
    const { status, stderr } = spawnSync('zsh', ['-n', join(folder, 'completion.zsh')], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['dunlin up -m other --to', '--versions', ['007\tother']],
    ['dunlin -d graph plan --config my.json --to', '--versions', ['042\tgraph']],
    ['dunlin backup restore', '--backups', ['latest\tthe newest', '2026-manual\tversion 2']],
  ])('asks for what %s names', (line, kind, expected) => {
    const script = `compdef() { : }; source ./completion.zsh; dunlin_line=( ${line} ); _dunlin_values ${kind}`;
    const { stdout } = spawnSync('zsh', ['-f', '-c', script], { cwd: folder, env: env(), encoding: 'utf8' });
    expect(stdout.trim().split('\n')).toEqual(expected);
  });
});

describe('zsh and fish', () => {
  it.each(['zsh', 'fish'] as const)('%s knows every command and option', (shell) => {
    const script = completionScript(shell, commands);
    for (const command of commands) {
      expect(script).toContain(command.name);
      for (const option of command.options) expect(script).toContain(/--([a-z-]+)/.exec(option.flags)![1]);
    }
    for (const kind of ['databases', 'versions', 'backups']) expect(script).toContain(`_dunlin_values --${kind}`);
    expect(script).toContain('npx');
  });

  it('quotes what the shell would read', () => {
    const quoting = [
      { ...commands[0]!, name: 'x', summary: "it's [a: b]", options: [{ flags: '--o', description: "don't [x]: y" }] },
    ];
    expect(completionScript('zsh', quoting)).toContain("'x:it'\\''s [a: b]'");
    expect(completionScript('zsh', quoting)).toContain("'*--o[don’t  x   y]'");
    expect(completionScript('fish', quoting)).toContain("-d 'it\\'s [a: b]'");
  });
});
