import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

// The library as it is built: `npm run build` comes first, as it does in `npm test`.
const root = resolve(import.meta.dirname, '../..');
const code = `import Database from 'better-sqlite3';
import { migrateSync } from 'dunlin';
try {
  migrateSync({ database: new Database(':memory:'), migrations: { '001_a.sql': 'CREATE TABLE a (x); CREATE TABLE a (x);' } });
} catch (error) {
  console.log(error.stack + error.cause.stack);
}`;

/** The frames of our functions in the stack of an error of the built library, and of its cause. */
function frames(...options: readonly string[]): readonly string[] {
  const args = [...options, '--input-type=module', '-e', code];
  const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes('statementError (') || line.includes('toSqlError ('));
}

describe('the stack of an error of the library', () => {
  it('names the functions, although the code is shortened', () => {
    expect(frames()).toEqual([
      expect.stringMatching(/at statementError \(file:.*\/dist\/shared\/chunk-\w+\.js:\d+:\d+\)/),
      expect.stringMatching(/at toSqlError \(file:.*\/dist\/shared\/chunk-\w+\.js:\d+:\d+\)/),
    ]);
  });

  it('names the lines of the sources where Node reads source maps', () => {
    const lines = frames('--enable-source-maps').map((line) => {
      const [, file, number] = /\((.+):(\d+):\d+\)$/.exec(line) ?? [];
      const source = relative(root, file ?? '').replaceAll('\\', '/');
      return `${source}: ${readFileSync(join(root, source), 'utf8').split('\n')[Number(number) - 1]?.trim()}`;
    });
    expect(lines).toEqual([
      expect.stringMatching(/^src\/execute\/statement-error\.ts: return dunlinError\('STATEMENT_FAILED'/),
      expect.stringMatching(/^src\/bridge\/sql-error\.ts: return new SqlError\(/),
    ]);
  });

  it('comes before what Node prints of the code where it was thrown', () => {
    const program =
      "import { migrate } from 'dunlin'; await migrate({ database: 'x.db', migrations: 'no-such-folder' });";
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr.indexOf('DunlinError DIRECTORY_NOT_FOUND: There is no directory')).toBeGreaterThan(0);
    expect(Math.max(...stderr.split('\n').map((line) => line.length))).toBeLessThan(500);
  });

  it('finds the sources in the maps, since the package has no others', () => {
    const dist = join(root, 'dist');
    const maps = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.map'));
    const known = maps.map((map) => {
      const { sources, sourcesContent = [] } = JSON.parse(readFileSync(join(dist, map), 'utf8')) as SourceMap;
      const folder = dirname(join(dist, map));
      expect(sourcesContent).toEqual(sources.map((file) => readFileSync(resolve(folder, file), 'utf8')));
      return sources.length;
    });
    expect(Math.max(...known)).toBeGreaterThan(100);
  });
});

interface SourceMap {
  readonly sources: readonly string[];
  /** Of a file that only imports others there are none. */
  readonly sourcesContent?: readonly string[];
}
