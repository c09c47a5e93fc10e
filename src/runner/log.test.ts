import { describe, expect, it } from 'vitest';
import type { DunlinEvent } from '../bridge/index.ts';
import { eventLogger } from './log.ts';

const migration = { version: 2, name: 'roles' };

function lines(event: DunlinEvent, debug = true): string[] {
  const heard: string[] = [];
  const hear = (level: string) => (message: string) => void heard.push(`${level} ${message}`);
  eventLogger(
    { info: hear('info'), warn: hear('warn'), error: hear('error'), ...(debug ? { debug: hear('debug') } : {}) },
    'app.db',
  )(event);
  return heard;
}

describe('eventLogger', () => {
  it.each<[DunlinEvent, string]>([
    [
      { type: 'run:waiting', waitedMs: 1400, timeoutMs: 30_000, holder: undefined },
      'warn app.db: waiting for another process that is using it, 1 s of 30 s',
    ],
    [
      {
        type: 'run:waiting',
        waitedMs: 1400,
        timeoutMs: 30_000,
        holder: { pid: 812, host: 'web-1', tool: 'dunlin 1.0.0', since: '12:01' },
      },
      'warn app.db: waiting for another process (dunlin 1.0.0, pid 812 on web-1, since 12:01) that is using it, 1 s of 30 s',
    ],
    [
      {
        type: 'run:waiting',
        waitedMs: 0,
        timeoutMs: 0,
        holder: { pid: undefined, host: undefined, tool: undefined, since: 'x' },
      },
      'warn app.db: waiting for another process (unknown, pid ? on ?, since x) that is using it, 0 s of 0 s',
    ],
    [
      { type: 'run:start', direction: 'up', from: 1, pending: [migration], back: 0, later: 0 },
      'info app.db: version 1, 1 to run',
    ],
    [{ type: 'migration:start', migration, direction: 'up', index: 1, total: 3 }, 'info app.db: 1 of 3: 2 roles up'],
    [
      { type: 'migration:statement', migration, statement: 2, statements: 5 },
      'debug app.db: 2 roles: statement 2 of 5',
    ],
    [
      { type: 'migration:note', migration, note: 'the sequence was set back' },
      'info app.db: 2 roles: the sequence was set back',
    ],
    [
      {
        type: 'migration:rebuilt',
        migration,
        table: 'users',
        rows: 48_210,
        check: 'proven',
        columns: ['id'],
        transformed: [],
        kept: [],
      },
      'info app.db: 2 roles: rebuilt users, 48,210 rows copied whole and counted',
    ],
    [{ type: 'migration:verified', migration, queries: 1 }, 'info app.db: 2 roles: verified: 1 query'],
    [{ type: 'migration:verified', migration, queries: 3 }, 'info app.db: 2 roles: verified: 3 queries'],
    [
      { type: 'migration:done', migration, direction: 'down', executionTimeMs: 7, statements: 5 },
      'info app.db: 2 roles down done in 7 ms',
    ],
    [
      { type: 'migration:failed', migration, direction: 'up', code: 'STATEMENT_FAILED', message: 'no' },
      'error app.db: 2 roles up failed: no [STATEMENT_FAILED]',
    ],
    [{ type: 'run:done', applied: [migration], to: 2, durationMs: 9 }, 'info app.db: version 2, 1 run in 9 ms'],
  ])('%j', (event, line) => {
    expect(lines(event)).toEqual([line]);
  });

  it('does without debug()', () => {
    expect(lines({ type: 'migration:statement', migration, statement: 2, statements: 5 }, false)).toEqual([]);
  });
});

it('shows control characters of names as escapes', () => {
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  const log = eventLogger({ debug: keep, info: keep, warn: keep, error: keep }, 'a\x1b[31m.db');
  const migration = { version: 1, name: 'x\r\u202e' };
  log({ type: 'migration:start', migration, direction: 'up', index: 1, total: 1 });
  log({ type: 'migration:statement', migration, statement: 1, statements: 2 });
  log({ type: 'migration:failed', migration, direction: 'up', code: 'USAGE', message: '\x07' });
  log({ type: 'restore:done', backup: '\x9b' });
  expect(lines).toHaveLength(4);
  expect(lines.join('')).not.toMatch(/[\0-\x1f\x7f-\x9f\u202e]/);
  expect(lines[0]).toContain('x\\u000d\\u202e');
});
