import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import Ciphers from 'better-sqlite3-multiple-ciphers';
import { isSqlError, type ConnectionSetup, type DatabaseBridge } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge, prepareBetterSqlite3 } from '../../src/drivers/better-sqlite3.ts';
import { isDunlinError } from '../../src/errors/index.ts';
import { run } from '../../src/execute/index.ts';
import type { RunContext } from '../../src/lock/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { leftOvers, provenBackups } from '../support/backups.ts';
import { contentOf, registryOf } from '../support/databases.ts';
import { compileExtension, noCompiler, sampleExtension } from '../support/extension.ts';
import { tried } from '../support/fault-points.ts';
import { Death, ThirdLoop, type Fault } from '../support/third-loop.ts';

// Connections need something before they can read the database: a key, an extension. The second connection, the copy
// and its proof need it as well, and a run that ends anywhere leaves nothing that only the first one could read.

const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-connections-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Kind {
  readonly name: string;
  readonly skip?: string | undefined;
  /** What one more connection is given. Without it, only the connection of the application can read the database. */
  readonly setup: () => ConnectionSetup;
  readonly open: (path: string) => BetterSqlite3.Database;
  readonly base: string;
  readonly isEncrypted: boolean;
}

/** One round to make the key of the passphrase: each connection makes it anew. */
const key = "PRAGMA kdf_iter = 1; PRAGMA key = 'secret'";
const openKeyed = (path: string): BetterSqlite3.Database => {
  const database = new Ciphers(path, { timeout: 0 });
  database.exec(key);
  return database as unknown as BetterSqlite3.Database;
};
const openExtended = (path: string): BetterSqlite3.Database =>
  prepareBetterSqlite3(new BetterSqlite3(path, { timeout: 0 }), extended(), path);
const extended = (): ConnectionSetup => ({
  extensions: [{ path: compileExtension('sample', sampleExtension), entryPoint: 'sample_init' }],
});
const plainBase = `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO notes (body) VALUES ('one'), ('two'), ('three');`;

const kinds: readonly Kind[] = [
  {
    name: 'an encrypted database whose key further connections are given',
    setup: () => ({
      prepare: (connection) => void (connection as BetterSqlite3.Database).exec(key),
    }),
    open: openKeyed,
    base: plainBase,
    isEncrypted: true,
  },
  {
    name: 'an encrypted database whose key only the connection of the application has',
    setup: () => ({}),
    open: openKeyed,
    base: plainBase,
    isEncrypted: true,
  },
  {
    name: 'a collation and a function in an index, of an extension',
    skip: noCompiler,
    setup: extended,
    open: openExtended,
    base: `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT COLLATE backwards);
CREATE INDEX notes_twice ON notes (twice(id));
INSERT INTO notes (body) VALUES ('one'), ('two'), ('three');`,
    isEncrypted: false,
  },
];

const files = {
  '001_tags.sql': `CREATE TABLE tags (id INTEGER PRIMARY KEY, tag TEXT); INSERT INTO tags (tag) SELECT body FROM notes;`,
  '002_notes.sql': 'ALTER TABLE notes ADD COLUMN at TEXT; UPDATE notes SET at = body;',
};
const ups = Object.values(files);

/** Points of each kind of fault: a sample in `npm test`, all with DUNLIN_ROUNDS=full. */
const stride = process.env['DUNLIN_ROUNDS'] === 'full' ? 1 : 5;

describe.each(kinds)('$name', ({ skip, setup, open, base, isEncrypted }) => {
  it.skipIf(skip !== undefined).each(['death', 'before', 'after'] as const)(
    'is in a state after whole migrations, with a backup that the same connection reads: %s at each request',
    async (fault) => {
      const bridgeOf = (path: string): DatabaseBridge => betterSqlite3Bridge(open(path), 'better-sqlite3', setup());
      const contextOf = (bridge: DatabaseBridge): RunContext =>
        createContext({ host: nodeHost, database: 'app.db' }, { lockTimeoutMs: 0 }, bridge, registryOf(files));
      const template = join(root, 'template');
      rmSync(template, { recursive: true, force: true });
      mkdirSync(template);
      const first = open(join(template, 'app.db'));
      first.exec(base);
      first.close();
      const states = [0, 1, 2].map((count) => {
        const database = open(join(root, 'state.db'));
        for (const sql of [base, ...ups.slice(0, count)]) database.exec(sql);
        const content = contentOf(betterSqlite3Bridge(database));
        database.close();
        rmSync(join(root, 'state.db'));
        return content;
      });

      let points = 0;
      for (let at = 1; ; at += stride) {
        const folder = join(root, 'run');
        rmSync(folder, { recursive: true, force: true });
        cpSync(template, folder, { recursive: true });
        const path = join(folder, 'app.db');
        const about = `${fault} at request ${at}`;
        const chosen: Fault = fault === 'death' ? { kind: fault, at } : { kind: fault, at, code: 'SQLITE_IOERR' };
        const bridge = bridgeOf(path);
        const loop = new ThirdLoop(bridge, chosen);
        try {
          await loop.drive(run(contextOf(bridge), { kind: 'up' }));
        } catch (error) {
          if (!(error instanceof Death) && !isDunlinError(error) && !isSqlError(error))
            throw new Error(about, { cause: error });
        }
        if (bridge.inTransaction?.() === true) void bridge.script('ROLLBACK');
        void bridge.close?.();

        const again = bridgeOf(path);
        const state = states.indexOf(contentOf(again));
        expect(state, about).toBeGreaterThanOrEqual(0);
        const hasBackup = (): boolean =>
          provenBackups(`${path}-backups`, about, bridgeOf).some(({ content }) => content === states[0]);
        if (state > 0) expect(hasBackup(), about).toBe(true);
        await new ThirdLoop(again, undefined).drive(run(contextOf(again), { kind: 'up' }));
        expect(contentOf(again), about).toBe(states[2]);
        expect(hasBackup(), about).toBe(true);
        expect(leftOvers(`${path}-backups`), about).toEqual([]);
        void again.close?.();
        if (isEncrypted) {
          const stored = [path, ...provenBackups(`${path}-backups`, about, bridgeOf).map(({ file }) => file)];
          for (const file of stored)
            expect(readFileSync(file).toString('latin1'), about).not.toContain('SQLite format 3');
        }
        if (loop.requests.length < at) break;
        points += 1;
      }
      tried('connection sweep', points);
      expect(points).toBeGreaterThan(100 / stride);
    },
  );
});
