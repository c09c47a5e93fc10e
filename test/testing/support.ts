import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

type Opening = typeof import('../../src/node/testing/migrated-database.ts');

let processes = 0;

/** `migratedDatabase` as a new process has it: what it knows of templates is in the cache folder. */
export async function newProcess(): Promise<Opening> {
  processes += 1;
  const anew = `../../src/node/testing/migrated-database.ts?process=${processes}`;
  return (await import(anew)) as Opening;
}

/** A folder with migrations and one for templates, gone after the test. */
export interface Project {
  readonly folder: string;
  readonly migrations: string;
  readonly cache: string;
  write(name: string, text: string): string;
  templates(): readonly string[];
}

export function project(files: Readonly<Record<string, string>> = notes): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-testing-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [migrations, cache] = [join(folder, 'migrations'), join(folder, 'cache')];
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  mkdirSync(migrations);
  for (const [name, text] of Object.entries(files)) write(`migrations/${name}`, text);
  const templates = (): readonly string[] => readdirSync(cache).filter((name) => name.endsWith('.template'));
  return { folder, migrations, cache, write, templates };
}

export const notes: Readonly<Record<string, string>> = {
  '001_notes.sql': 'CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL);',
  '002_tags.sql': 'CREATE TABLE tags (note INTEGER NOT NULL REFERENCES notes, name TEXT NOT NULL UNIQUE);',
};

/** A migration in code that writes a line into a file each time that it runs. */
export function counting(log: string, more: string = ''): string {
  return `import { appendFileSync } from 'node:fs';
export default {
  up(db) {
    appendFileSync(${JSON.stringify(log)}, 'ran\\n');
    db.exec('CREATE TABLE counted (x)');
    ${more}
  },
};
`;
}
