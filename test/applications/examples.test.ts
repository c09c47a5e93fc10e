import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// The applications run on dist: `npm run build` comes first, as it does in `npm test`.
const root = resolve(import.meta.dirname, '../..');
const applications = readdirSync(join(root, 'examples'))
  .filter((name) => existsSync(join(root, 'examples', name, 'main.ts')))
  .toSorted();

function run(...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'examples/run.mjs'), ...args], {
    cwd: tmpdir(),
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe('the examples', () => {
  it('all run, each under its name, and leave nothing behind', () => {
    // So that other processes' folders do not count.
    const temporary = mkdtempSync(join(tmpdir(), 'dunlin-examples-'));
    const { TMPDIR } = process.env;
    process.env['TMPDIR'] = temporary;
    try {
      const { status, output } = run();
      expect(output.match(/^== .+$/gm)).toEqual(applications.map((name) => `== ${name}`));
      expect(output.trimEnd().split('\n').at(-1)).toBe(`${applications.length} applications ran`);
      expect(status).toBe(0);
      expect(readdirSync(temporary).filter((name) => name !== 'jiti')).toEqual([]);
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = TMPDIR;
      rmSync(temporary, { recursive: true, force: true });
    }
  }, 120_000);

  it.each(applications)('%s says in its README how it is run', (name) => {
    const text = readFileSync(join(root, 'examples', name, 'README.md'), 'utf8');
    expect(text).toContain(`node --import jiti/register examples/${name}/main.ts`);
  });
});

describe('examples/run.mjs', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dunlin-run-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(name: string, text: string): void {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'main.ts'), text);
  }

  it('runs the others when one fails, and reports it at the end', () => {
    write('a', "const text: string = 'a is here'; console.log(text);");
    write('b', "throw new Error('b is broken');");
    write('c', "console.log('c is here');");
    mkdirSync(join(folder, 'no-application'));
    const { status, output } = run(folder);
    expect(output).toContain('== a\na is here\n');
    expect(output).toContain('b is broken');
    expect(output).toContain('b ended with exit code 1\n');
    expect(output).toContain('== c\nc is here\n');
    expect(output).toContain('\n1 of 3 applications failed: b\n');
    expect(status).toBe(1);
  });

  it('counts one, and does not report success without any', () => {
    expect(run(folder)).toEqual({ status: 1, output: `no application in ${folder}\n` });
    write('a', '');
    expect(run(folder)).toEqual({ status: 0, output: '== a\n\n1 application ran\n' });
  });
});
