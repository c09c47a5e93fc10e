// Lets drizzle-kit write the migrations of a change.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installed, run, withFolder, write } from '../project.mjs';

const terminal = join(import.meta.dirname, 'terminal.cjs');
const kit = [process.execPath, '--require', terminal, installed('drizzle-kit/bin.cjs'), 'generate'];
const words = [...kit, '--dialect', 'sqlite', '--schema', 'schema.mjs', '--out', 'drizzle'];

export const customFile = 'drizzle/0001_custom.sql';
const startFile = 'drizzle/0000_start.sql';
const files = [
  startFile,
  customFile,
  'drizzle/meta/_journal.json',
  'drizzle/meta/0000_snapshot.json',
  'drizzle/meta/0001_snapshot.json',
];

const starts = new Map();

/** The files of a schema, with an empty custom migration. Most changes begin with the same. */
function generateStart(schema) {
  const known = starts.get(schema);
  if (known !== undefined) return known;
  const start = withFolder((folder) => {
    write(folder, { 'schema.mjs': schema });
    run(folder, [...words, '--name', 'start']);
    run(folder, [...words, '--custom', '--name', 'custom']);
    return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  });
  starts.set(schema, start);
  return start;
}

/** Writes the schema before the change and the custom migration into the folder `drizzle`. */
export function writeStart(folder, { before, edit, custom }) {
  const start = generateStart(before);
  write(folder, { ...start, [startFile]: edit(start[startFile]), [customFile]: custom });
}

/** Adds the change to that folder, and returns its SQL. */
export function generateChange(folder, { after, answer }) {
  write(folder, { 'schema.mjs': after });
  run(folder, [...words, '--name', 'change'], { input: answer });
  return readFileSync(join(folder, 'drizzle/0002_change.sql'), 'utf8');
}
