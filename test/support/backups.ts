import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as zlib from 'node:zlib';
import { DatabaseSync } from '@photostructure/sqlite';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'vitest';
import { compareSummaries, parseManifest, readSummary, type Manifest } from '../../src/backup/index.ts';
import type { DatabaseBridge, Row } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge, nodeSqliteBridge } from '../../src/drivers/index.ts';
import { contentOf, type DriverName } from './databases.ts';
import { perform } from './memory.ts';

/** A backup that was found good, and what is in it. */
export interface ProvenBackup {
  readonly id: string;
  readonly file: string;
  readonly manifest: Manifest;
  readonly content: string;
}

const suffix = /\.db(?:\.gz|\.zst)?$/;
const zstdDecompress = (zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdDecompressSync;

/**
 * Takes every file that has the name of a backup, and expects it to be a good one: its bytes are those of the manifest,
 * SQLite finds nothing wrong, and it matches the summary in its manifest. Newest first.
 */
export function provenBackups(
  folder: string,
  where: string = folder,
  driver: DriverName | ((path: string) => DatabaseBridge) = 'better-sqlite3',
): readonly ProvenBackup[] {
  const open = typeof driver === 'function' ? driver : openers[driver];
  if (!existsSync(folder)) return [];
  const elsewhere = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-proof-'));
  try {
    return readdirSync(folder)
      .filter((name) => suffix.test(name))
      .toSorted()
      .toReversed()
      .map((name) => proven(folder, name, elsewhere, where, open));
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

const openers: Readonly<Record<DriverName, (path: string) => DatabaseBridge>> = {
  'better-sqlite3': (path) => betterSqlite3Bridge(new BetterSqlite3(path)),
  'node:sqlite': (path) => nodeSqliteBridge(new DatabaseSync(path)),
};

function proven(
  folder: string,
  name: string,
  elsewhere: string,
  where: string,
  open: (path: string) => DatabaseBridge,
): ProvenBackup {
  const about = `${where}: ${name}`;
  const id = name.replace(suffix, '');
  const manifest = parseManifest(readFileSync(join(folder, `${id}.json`), 'utf8'));
  if (typeof manifest === 'string') throw new Error(`${about}: ${manifest}`);
  expect(manifest.id, about).toBe(id);
  const stored = readFileSync(join(folder, name));
  const bytes = name.endsWith('.gz') ? gunzipSync(stored) : name.endsWith('.zst') ? zstdDecompress!(stored) : stored;
  expect(bytes.length, about).toBe(manifest.bytes);
  expect(createHash('sha256').update(bytes).digest('hex'), about).toBe(manifest.sha256);
  const path = join(elsewhere, `${id}.db`);
  writeFileSync(path, bytes);
  const bridge = open(path);
  try {
    expect(bridge.query('PRAGMA quick_check', []) as readonly Row[], about).toEqual([{ quick_check: 'ok' }]);
    expect(bridge.query('PRAGMA journal_mode', []), about).toEqual([{ journal_mode: 'delete' }]);
    expect(compareSummaries(manifest.portrait, perform(readSummary(), bridge)), about).toEqual([]);
    return { id, file: join(folder, name), manifest, content: contentOf(bridge) };
  } finally {
    void bridge.close?.();
  }
}

/** What is in a folder of backups besides backups, their manifests and the lock, which SQLite may have a journal of. */
export function leftOvers(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder);
  const ids = new Set(names.filter((name) => suffix.test(name)).map((name) => name.replace(suffix, '')));
  return names.filter(
    (name) => !suffix.test(name) && !name.startsWith('housekeeping.lock') && !ids.has(name.replace(/\.json$/, '')),
  );
}
