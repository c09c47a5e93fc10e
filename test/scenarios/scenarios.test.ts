import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normalise, parseScenario, printScenario, type Part } from './scenario.ts';

// The built command line runs here: `npm run build` comes first, as it does in `npm test`.
const cli = resolve(import.meta.dirname, '../../dist/cli/dunlin.js');
const update = process.env['UPDATE_SCENARIOS'] !== undefined;

let bin: string;

beforeAll(() => {
  expect(existsSync(cli), 'run `npm run build` first').toBe(true);
  bin = mkdtempSync(join(tmpdir(), 'dunlin-bin-'));
  writeFileSync(join(bin, 'dunlin'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  chmodSync(join(bin, 'dunlin'), 0o755);
});
afterAll(() => rmSync(bin, { recursive: true }));

const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'));

describe('what users see', () => {
  it.each(names)('%s', (name) => {
    const path = join(import.meta.dirname, name);
    const text = readFileSync(path, 'utf8');
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-scenario-')));
    try {
      const printed = printScenario(parseScenario(text).map((part) => play(part, folder)));
      if (update) writeFileSync(path, printed);
      else expect(printed).toBe(text);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Does what the part says; a command comes back with what it printed. */
function play(part: Part, folder: string): Part {
  if (part.kind === 'comment') return part;
  if (part.kind === 'file') {
    mkdirSync(dirname(join(folder, part.name)), { recursive: true });
    writeFileSync(join(folder, part.name), part.text);
    return part;
  }
  const env = {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    TZ: 'UTC',
    USER: 'ada',
    NODE_NO_WARNINGS: '1',
  };
  const { stdout, status } = spawnSync('bash', ['-c', `exec 2>&1; ${part.command}`], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  const code = status === 0 ? '' : `\n[exit ${status ?? 'by a signal'}]`;
  return { ...part, expected: `${normalise(stdout, folder)}${code}`.replace(/^\n/, '') };
}
