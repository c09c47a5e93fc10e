import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { DunlinEvent } from '../../bridge/index.ts';
import { Arguments } from '../arguments.ts';
import { createContext } from '../context.ts';
import { printProgress } from './progress.ts';

function screen(options: { tty: boolean; quiet?: boolean; columns?: number }): {
  show: (event: DunlinEvent) => void;
  out: () => string;
  err: () => string;
  pass: (ms: number) => void;
} {
  let out = '';
  let err = '';
  let now = 0;
  const context = createContext(
    {
      cwd: '/',
      env: { NO_COLOR: '1' },
      stdin: new PassThrough(),
      stdout: { write: (text) => (out += text), isTTY: options.tty, columns: options.columns },
      stderr: { write: (text) => (err += text), isTTY: options.tty },
      launcher: 'dunlin',
      openRunner: () => Promise.reject(new Error('unused')),
      startMeter: () => ({ proving: () => undefined, stop: () => undefined }),
      onStopSignal: () => () => undefined,
      exit: () => undefined,
      startAgain: () => ({ ended: Promise.resolve(0), signal: () => undefined }),
      runShell: () => ({ ended: Promise.resolve(0), signal: () => undefined }),
    },
    new Arguments('up', [], { quiet: options.quiet ?? false, color: true }),
  );
  return {
    show: printProgress(
      context,
      () => 'app.db',
      () => now,
    ),
    out: () => out,
    err: () => err,
    pass: (ms) => {
      now += ms;
    },
  };
}

const migration = { version: 3, name: 'split_names' };
const start: DunlinEvent = { type: 'migration:start', migration, direction: 'up', index: 1, total: 2 };
const statement = (n: number): DunlinEvent => ({ type: 'migration:statement', migration, statement: n, statements: 5 });
const done: DunlinEvent = { type: 'migration:done', migration, direction: 'up', executionTimeMs: 61, statements: 5 };

describe('showProgress', () => {
  it('on a terminal: a line that goes away when there is a result', () => {
    const { show, out, err } = screen({ tty: true, columns: 80 });
    show({ type: 'run:start', direction: 'up', from: 2, pending: [migration], back: 0, later: 0 });
    show(start);
    show(statement(1));
    show(done);
    expect(err()).toBe(
      '\r\u001b[K  003_split_names  migration 1 of 2\r\u001b[K  003_split_names  migration 1 of 2, statement 1 of 5\r\u001b[K',
    );
    expect(out()).toBe('app.db at version 2, 1 pending\n\n  003      split_names  5 statements                61 ms\n');
  });

  it('says how many are pending, and how many of them run', () => {
    const { show, out } = screen({ tty: false });
    show({ type: 'run:start', direction: 'up', from: 3, pending: [migration], back: 0, later: 2 });
    expect(out()).toBe('app.db at version 3, 3 pending, 1 to run\n\n');
  });

  it('says how many it rolls back, and how many are new', () => {
    const { show, out } = screen({ tty: false });
    const pending = [migration, migration, { version: 4, name: 'new' }];
    show({ type: 'run:start', direction: 'down', from: 3, pending, back: 1, later: 0 });
    expect(out()).toBe('app.db at version 3, 1 to roll back and apply again, 1 pending\n\n');
  });

  it('cuts the line to the terminal', () => {
    const { show, err } = screen({ tty: true, columns: 30 });
    show(start);
    expect(err()).toBe('\r\u001b[K  003_split_names  migration…');
  });

  it('elsewhere: a plain line for what takes long, now and then', () => {
    const { show, err, pass } = screen({ tty: false });
    show(start);
    pass(9_000);
    show(statement(2));
    expect(err()).toBe('');
    pass(2_000);
    show(statement(3));
    pass(1_000);
    show(statement(4));
    expect(err()).toBe('  003_split_names  migration 1 of 2, statement 3 of 5\n');
  });

  it('says nothing with --quiet', () => {
    const { show, out, err, pass } = screen({ tty: false, quiet: true });
    show(start);
    pass(20_000);
    show(statement(2));
    show(done);
    show({ type: 'run:waiting', waitedMs: 600, timeoutMs: 30_000, holder: undefined });
    expect(out() + err()).toBe('');
  });

  it('tells notes, failures, and the way down', () => {
    const { show, out } = screen({ tty: false });
    show({ type: 'run:start', direction: 'down', from: 3, pending: [migration], back: 1, later: 0 });
    show({ type: 'migration:note', migration, note: 'set the sequence of users back' });
    show({
      type: 'migration:rebuilt',
      migration,
      table: 'users',
      rows: 48_210,
      check: 'compared',
      columns: ['id'],
      transformed: [],
      kept: [],
    });
    show({ ...done, direction: 'down', statements: 0 });
    show({ type: 'migration:failed', migration, direction: 'down', code: 'USAGE', message: 'm' });
    show({ type: 'run:done', applied: [], to: 2, durationMs: 3 });
    expect(out()).toContain('app.db at version 3, 1 to roll back\n');
    expect(out()).toContain(
      [
        '  003      split_names  rolled back, no statements    61 ms',
        '           set the sequence of users back',
        '           rebuilds users (48,210 rows compared)',
        '  003      split_names  failed',
        '',
      ].join('\n'),
    );
  });

  it('names who is migrating, and for how long it has waited', () => {
    const since = new Date(2026, 10, 21, 12, 1, 7).toISOString();
    const holder = { pid: 812, host: 'web-1', tool: 'dunlin up', since };
    const terminal = screen({ tty: true, columns: 200 });
    terminal.show({ type: 'run:waiting', waitedMs: 4_000, timeoutMs: 30_000, holder });
    expect(terminal.err()).toBe(
      '\r\u001b[Kwaiting: another process (pid 812 on web-1, "dunlin up", since 12:01:07) is migrating app.db   4.0 s of 30 s',
    );
    terminal.show(start);
    expect(terminal.err()).toContain('\r\u001b[K  003_split_names');

    const pipe = screen({ tty: false });
    for (const waitedMs of [500, 1_000, 1_500, 9_500, 10_100, 10_600]) {
      pipe.show({ type: 'run:waiting', waitedMs, timeoutMs: 30_000, holder: undefined });
    }
    expect(pipe.err()).toBe(
      'waiting: another process has locked app.db   0.50 s of 30 s\nwaiting: another process has locked app.db   10 s of 30 s\n',
    );
    pipe.show({
      type: 'run:waiting',
      waitedMs: 600,
      timeoutMs: 30_000,
      holder: { pid: undefined, host: undefined, tool: undefined, since },
    });
    expect(pipe.err()).toContain('another process (since 12:01:07) is migrating');
  });
});
