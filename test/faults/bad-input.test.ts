import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tried } from '../support/fault-points.ts';

const cli = fileURLToPath(new URL('../../dist/cli/dunlin.js', import.meta.url));
const isRoot = process.getuid?.() === 0;
const nobody = 65534;

let folder: string;
let migrations: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-bad-'));
  chmodSync(folder, 0o755);
  migrations = join(folder, 'migrations');
  mkdirSync(migrations);
  writeFileSync(
    join(migrations, '001_more.sql'),
    `CREATE TABLE more (id INTEGER PRIMARY KEY, v TEXT);\nINSERT INTO more (v) VALUES ('x');\n`,
  );
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  tried('bad input', 1);
});

interface Failure {
  readonly status: number | null;
  readonly code: string | undefined;
  readonly message: string;
  readonly hint: string;
}

/** `dunlin up --json` in a process of its own, as another user if asked. */
function up(driver: string, database: string, options: { uid?: number; args?: string[] } = {}): Failure {
  const args = [cli, 'up', '-d', database, '-m', migrations, '--driver', driver, '--json', ...(options.args ?? [])];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: folder,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const document = JSON.parse(stdout) as { error?: { code: string; message: string; hint: string } };
  return {
    status,
    code: document.error?.code,
    message: document.error?.message ?? '',
    hint: document.error?.hint ?? '',
  };
}

function makeDatabase(path: string, rows = 2000): void {
  const db = new Database(path);
  db.exec(`CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL); CREATE INDEX notes_body ON notes (body);`);
  const insert = db.prepare('INSERT INTO notes (body) VALUES (?)');
  db.transaction(() => {
    for (let i = 0; i < rows; i++) insert.run(`note ${i} ${'text '.repeat(10)}`);
  })();
  db.close();
}

/** A fingerprint of every file in the folder: names and bytes. */
function bytes(): string {
  const hash = createHash('sha256');
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      hash.update(`${join(at, entry.name)}\n`);
      if (entry.isDirectory()) walk(join(at, entry.name));
      else if (entry.isFile()) hash.update(readFileSync(join(at, entry.name)));
    }
  };
  walk(folder);
  return hash.digest('hex');
}

describe.each(['better-sqlite3', '@photostructure/sqlite'])('bad input never costs data, with %s', (driver) => {
  /** What is there is refused with this code, and not a byte of anything in the folder changes. */
  function refuses(
    database: string,
    code: string,
    options: Parameters<typeof up>[2] & { status?: number } = {},
  ): Failure {
    const before = bytes();
    const failure = up(driver, database, options);
    expect(failure).toMatchObject({ code, status: options.status ?? 1 });
    expect(failure.message).not.toBe('');
    expect(failure.hint).not.toBe('');
    expect(bytes()).toBe(before);
    return failure;
  }

  it('a text file', () => {
    const path = join(folder, 'app.db');
    writeFileSync(path, 'Dear diary, today I was taken for a database. '.repeat(40));
    refuses(path, 'DATABASE_NOT_SQLITE');
  });

  it('a file of one byte, which SQLite takes for an empty database', () => {
    const path = join(folder, 'app.db');
    writeFileSync(path, 'x');
    refuses(path, 'DATABASE_NOT_SQLITE');
  });

  it('a truncated database', () => {
    const path = join(folder, 'app.db');
    makeDatabase(path);
    truncateSync(path, Math.floor(statSync(path).size / 2));
    refuses(path, 'DATABASE_CORRUPT');
  });

  it('a zero-byte file beside backups of it', () => {
    const path = join(folder, 'app.db');
    writeFileSync(path, '');
    mkdirSync(`${path}-backups`);
    writeFileSync(join(`${path}-backups`, '20261121T091204Z-before-0003.db'), 'a backup');
    expect(refuses(path, 'DATABASE_VANISHED').message).toContain('app.db-backups');
  });

  it('a missing file beside backups of it', () => {
    const path = join(folder, 'app.db');
    mkdirSync(`${path}-backups`);
    writeFileSync(join(`${path}-backups`, '20261121T091204Z-before-0003.db'), 'a backup');
    refuses(path, 'DATABASE_VANISHED');
    expect(existsSync(path)).toBe(false);
  });

  it('a directory', () => {
    const path = join(folder, 'app.db');
    mkdirSync(path);
    refuses(path, 'DATABASE_IS_DIRECTORY', { status: 2 });
  });

  it('a missing parent folder', () => {
    refuses(join(folder, 'data', 'app.db'), 'DATABASE_FOLDER_MISSING', { status: 2 });
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('a second name for the same file (hard link)', () => {
    const path = join(folder, 'app.db');
    makeDatabase(path, 5);
    linkSync(path, join(folder, 'other.db'));
    refuses(path, 'DATABASE_HARD_LINKED');
  });

  it('a symbolic link is followed to the file', () => {
    makeDatabase(join(folder, 'real.db'), 5);
    symlinkSync(join(folder, 'real.db'), join(folder, 'app.db'));
    expect(up(driver, join(folder, 'app.db')).status).toBe(0);
    const db = new Database(join(folder, 'real.db'));
    expect(db.prepare('SELECT count(*) FROM more').pluck().get()).toBe(1);
    db.close();
  });

  it.each(['file', 'folder'])('a read-only %s', (what) => {
    const data = join(folder, 'data');
    mkdirSync(data);
    const path = join(data, 'app.db');
    makeDatabase(path, 5);
    const uid = isRoot ? nobody : undefined;
    if (uid !== undefined) for (const owned of [data, path]) chownSync(owned, uid, uid);
    chmodSync(what === 'file' ? path : data, what === 'file' ? 0o444 : 0o555);
    refuses(path, 'DATABASE_READONLY', uid === undefined ? {} : { uid });
    chmodSync(data, 0o755);
  });

  it('a database locked by another process for longer than the wait: exit status 75', () => {
    const path = join(folder, 'app.db');
    makeDatabase(path, 5);
    const holder = new Database(path);
    holder.exec('BEGIN IMMEDIATE');
    const began = Date.now();
    const failure = up(driver, path, { args: ['--lock-timeout', '1'] });
    expect(failure).toMatchObject({ code: 'LOCKED', status: 75 });
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
    holder.exec('ROLLBACK');
    expect(holder.prepare(`SELECT count(*) FROM sqlite_schema WHERE name LIKE 'schema_migration%'`).pluck().get()).toBe(
      0,
    );
    holder.close();
    expect(up(driver, path).status).toBe(0);
  });

  it('a full disk: rolled back, and the next run with room succeeds', () => {
    const path = join(folder, 'app.db');
    makeDatabase(path);
    writeFileSync(
      join(migrations, '002_large.sql'),
      `CREATE TABLE large (v BLOB);\nINSERT INTO large SELECT zeroblob(1000000) FROM notes LIMIT 200;\n`,
    );
    // A limit on the size of files stands for the end of the disk: both end a write halfway.
    const before = readSchema(path);
    const limited = spawnSync(
      'bash',
      [
        '-c',
        `trap '' XFSZ; ulimit -f 2048; exec "$@"`,
        'bash',
        process.execPath,
        cli,
        'up',
        '-d',
        path,
        '-m',
        migrations,
        '--driver',
        driver,
        '--json',
      ],
      { encoding: 'utf8' },
    );
    const document = JSON.parse(limited.stdout) as { error: { code: string; hint: string } };
    expect(limited.status).toBe(1);
    expect(['DISK_FULL', 'DISK_ERROR']).toContain(document.error.code);
    expect(readSchema(path)).toEqual(before);
    expect(up(driver, path).status).toBe(0);
  });
});

/** The application's own objects, with an integrity check; Dunlin's log may have grown. */
function readSchema(path: string): unknown {
  const db = new Database(path);
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    return db
      .prepare(`SELECT name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'schema_migration%' ORDER BY name`)
      .all();
  } finally {
    db.close();
  }
}
