import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../commands/index.ts';
import { completionScript } from './script.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-completion-'));
  writeFileSync(join(folder, 'completion.bash'), completionScript('bash', commands));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data.db'), '');
  writeFileSync(join(folder, 'with space.db'), '');
  // Stands for the real command, which prints the names that the configuration has.
  mkdirSync(join(folder, 'bin'));
  writeFileSync(
    join(folder, 'bin/dunlin'),
    '#!/bin/sh\n[ "$*" = "completion --databases" ] && echo settings && echo graph\n',
  );
  chmodSync(join(folder, 'bin/dunlin'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What bash offers for the last word. */
function complete(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `
    source ./completion.bash
    COMP_WORDS=(dunlin ${quoted}); COMP_CWORD=${words.length}
    _dunlin
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` };
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', script], {
    cwd: folder,
    env,
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
    expect(complete('help', 're')).toEqual(['redo', 'renumber', 'repair', 'reset']);
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

describe('zsh and fish', () => {
  it.each(['zsh', 'fish'] as const)('%s knows every command and option', (shell) => {
    const script = completionScript(shell, commands);
    for (const command of commands) {
      expect(script).toContain(command.name);
      for (const option of command.options) expect(script).toContain(/--([a-z-]+)/.exec(option.flags)![1]);
    }
    expect(script).toContain('dunlin completion --databases');
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
