import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { databaseFiles } from './database-files.ts';

it('finds the databases of a folder by their names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-files-'));
  try {
    for (const name of ['b.db', 'a.sqlite', 'c.sqlite3', 'D.DB', 'app.db-wal', 'db', 'notes.txt'])
      writeFileSync(join(folder, name), '');
    expect(databaseFiles(folder)).toEqual(['D.DB', 'a.sqlite', 'b.db', 'c.sqlite3']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('finds nothing where it may not look', () => {
  expect(databaseFiles('/nowhere/at/all')).toEqual([]);
});
