import { expect, it } from 'vitest';
import type { DunlinEvent } from '../bridge/index.ts';
import { eventLogger } from './log.ts';

const migration = { version: 7, name: 'tidy' };
const holder = { tool: undefined, pid: undefined, host: undefined, since: '2026-11-30T10:00:00.000Z' };

it.each<readonly [object, string]>([
  [
    { type: 'run:waiting', holder: undefined, waitedMs: 1000, timeoutMs: 9000 },
    'warn app.db: waiting for another process that is using it, 1 s of 9 s',
  ],
  [
    { type: 'run:waiting', holder, waitedMs: 1000, timeoutMs: 9000 },
    'warn app.db: waiting for another process (unknown, pid ? on ?, since 2026-11-30T10:00:00.000Z) that is using it, 1 s of 9 s',
  ],
  [
    { type: 'schema:drift', differences: ['table a is gone'] },
    'warn app.db: the schema is not as recorded: table a is gone',
  ],
  [{ type: 'backup:start', file: 'b.db' }, 'debug app.db: backing up to b.db'],
  [{ type: 'backup:done', file: 'b.db', bytes: 10 }, 'info app.db: backed up to b.db, 10 bytes, proven'],
  [{ type: 'backup:note', note: 'two stay' }, 'warn app.db: two stay'],
  [{ type: 'migration:statement', migration, statement: 1, statements: 2 }, 'debug app.db: 7 tidy: statement 1 of 2'],
  [
    { type: 'migration:batch', migration, done: 5, total: 5, elapsedMs: 10, remainingMs: 0 },
    'info app.db: 7 tidy: 5 of 5 rows',
  ],
  [
    { type: 'migration:batch', migration, done: 5, total: 9, elapsedMs: 2000, remainingMs: 3000 },
    'info app.db: 7 tidy: 5 of 9 rows, about 3 s left',
  ],
  [{ type: 'migration:verified', migration, queries: 1 }, 'info app.db: 7 tidy: verified: 1 query'],
  [{ type: 'migration:note', migration, note: 'as it is' }, 'info app.db: 7 tidy: as it is'],
  [
    {
      type: 'migration:rebuilt',
      migration,
      table: 'users',
      rows: 3,
      columns: [],
      check: 'compared',
      transformed: [],
      kept: [],
    },
    'info app.db: 7 tidy: rebuilt users, 3 rows compared',
  ],
  [
    {
      type: 'migration:rebuilt',
      migration,
      table: 'users',
      rows: 3,
      columns: [],
      check: 'proven',
      transformed: ['email', 'name'],
      kept: ['index users_age'],
    },
    'info app.db: 7 tidy: rebuilt users, 3 rows copied whole and counted; transformed: email, name; kept: index users_age',
  ],
  [
    { type: 'migration:failed', migration, direction: 'up', message: 'no', code: 'ROWS_LOST' },
    'error app.db: 7 tidy up failed: no [ROWS_LOST]',
  ],
  [{ type: 'restore:start', backup: 'b' }, 'warn app.db: a rollback cannot undo that: restoring the backup b'],
  [{ type: 'restore:done', backup: 'b' }, 'warn app.db: restored from the backup b'],
])('an event is a line of the log: %o', (event, line) => {
  const lines: string[] = [];
  const at = (level: string) => (text: string) => void lines.push(`${level} ${text}`);
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  eventLogger(logger, 'app.db')(event as DunlinEvent);
  expect(lines).toEqual([line]);
});

it('a logger without debug() hears no details', () => {
  const nothing = (): void => undefined;
  const log = eventLogger({ info: nothing, warn: nothing, error: nothing }, 'app.db');
  expect(() => log({ type: 'backup:start', file: 'b.db' } as DunlinEvent)).not.toThrow();
});
