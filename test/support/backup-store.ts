import { readdirSync } from 'node:fs';
import {
  createBackup,
  applyRetention,
  listBackups,
  backupLocation,
  type BackupLocation,
  type BackupOptions,
  type StoredBackup,
} from '../../src/backup/index.ts';
import { openTestDatabase, variants, type TestDatabase, type Variant } from './databases.ts';
import { ThirdLoop, type Fault } from './third-loop.ts';

/** A database with backups, and what is done to these. */
export interface Store {
  readonly db: TestDatabase;
  readonly place: BackupLocation;
  readonly names: () => readonly string[];
  readonly make: (version: number) => string;
  readonly keep: (retention: BackupOptions, needed?: readonly string[], fault?: Fault) => ThirdLoop;
}

/** A database with backups, oldest first, plain. */
export function store(count: number, variant: Variant = variants[0]!): Store {
  const db = openTestDatabase(variant);
  db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(20000))');
  const place = backupLocation('app.db', db.path, undefined);
  const make = (version: number): string => {
    db.exec(`INSERT INTO t VALUES (${version})`);
    const order = {
      reason: { kind: 'before-run', direction: 'up', version },
      applied: [],
      runId: 'r',
      tool: 't',
      sync: true,
    } as const;
    return new ThirdLoop(db.bridge, undefined).run(createBackup(place, order))!.id;
  };
  for (let version = 1; version <= count; version++) make(version);
  return {
    db,
    place,
    make,
    names: () => readdirSync(place.folder).filter((name) => /\.db(?:\.gz|\.zst)?$/.test(name)),
    keep(retention, needed = [], fault = undefined) {
      const loop = new ThirdLoop(db.bridge, fault);
      loop.run(applyRetention(place, retention, 100_000, new Set(needed)));
      return loop;
    },
  };
}

/** Newest first. */
export const list = ({ db, place }: Store): readonly StoredBackup[] =>
  new ThirdLoop(db.bridge, undefined).run(listBackups(place));
export const versionsOf = (names: readonly string[]): number[] =>
  names.map((name) => Number(/before-(\d+)/.exec(name)?.[1])).toSorted((a, b) => a - b);
