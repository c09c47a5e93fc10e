// What the README's recording shows: `up` refuses a rebuild that forgets rows, and `status` says that nothing happened.
// The commands run as they are on a real database; only the clock and the width of the terminal are given.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import Database from 'better-sqlite3';

/** As wide as a phone shows in letters that can be read. */
export const columns = 54;

const clock = join(import.meta.dirname, 'clock.cjs');

const files = {
  // A driver that every supported Node has, so that the pictures are the same on all of them.
  'dunlin.config.json': '{ "database": "app.db", "migrations": "migrations", "driver": "better-sqlite3" }\n',
  'migrations/001_notes.sql': 'CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT);\n',
};

/** Every ninth note has no title. */
const rows = `WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 31884)
INSERT INTO notes SELECT id, CASE WHEN id % 9 > 0 THEN 'Note ' || id END, 'Text of note ' || id FROM n`;

const rebuild = `-- Every note has a title.
CREATE TABLE notes_new (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  body TEXT
);
INSERT INTO notes_new SELECT * FROM notes
  WHERE title <> '';
DROP TABLE notes;
ALTER TABLE notes_new RENAME TO notes;
`;

/**
 * The commands with what they print.
 *
 * @param {string} root the folder of the project
 */
export function recordRefusedRebuild(root) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-recording-')));
  try {
    install(root, folder);
    write(folder, files);
    run(folder, ['up'], '2026-11-27T09:10:00Z', 0);
    const db = new Database(join(folder, 'app.db'));
    db.exec(rows);
    db.close();
    write(folder, { 'migrations/002_titles.sql': rebuild });
    return [
      { command: 'npx dunlin up', output: run(folder, ['up'], '2026-11-27T09:12:00Z', 1) },
      { command: 'npx dunlin status', output: run(folder, ['status'], '2026-11-27T09:13:00Z', 0) },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the command line is found as `npx dunlin`. */
function install(root, folder) {
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(join(root, 'dist/cli/dunlin.js'), join(folder, 'node_modules/.bin/dunlin'));
  symlinkSync(join(root, 'node_modules/better-sqlite3'), join(folder, 'node_modules/better-sqlite3'), 'dir');
}

function write(folder, texts) {
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Runs the command line as in a terminal: what it prints is one stream, with colours. */
function run(folder, args, now, expected) {
  const program = join(folder, 'node_modules/.bin/dunlin');
  const command = [process.execPath, '--require', clock, program, ...args].map((word) => `'${word}'`).join(' ');
  const { status, stdout } = spawnSync('sh', ['-c', `exec 2>&1; ${command}`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      HOME: folder,
      TZ: 'UTC',
      COLUMNS: String(columns),
      FORCE_COLOR: '1',
      NODE_NO_WARNINGS: '1',
      DUNLIN_RECORDING_NOW: now,
    },
  });
  if (status !== expected) throw new Error(`dunlin ${args.join(' ')} ended with ${status}\n${stdout}`);
  return stdout;
}
