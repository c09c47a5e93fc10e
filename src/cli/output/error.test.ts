import { describe, expect, it } from 'vitest';
import { DunlinError } from '../../errors/index.ts';
import { colors } from './color.ts';
import { renderError, renderProblems } from './error.ts';

const look = { colors: colors(false), width: 60, verbose: false };
const location = { file: 'migrations/003_x.sql', line: 2, column: 8, offset: 20, statement: 1 };
const source = 'CREATE TABLE t (a);\nSELECT b FROM t;\n';
const ref = (version: number): { version: number; name: string } => ({ version, name: 'x' });

describe('renderError', () => {
  it('says code, message and hint, folded to the terminal', () => {
    const error = new DunlinError(
      'OUT_OF_ORDER',
      'A message that is longer than the sixty columns of this terminal.',
      'Do this.',
    );
    expect(renderError(error, look)).toEqual([
      'error OUT_OF_ORDER',
      '',
      '  A message that is longer than the sixty columns of this',
      '  terminal.',
      '',
      '  Do this.',
    ]);
  });

  it('shows a failed statement in its text, with SQLite’s words at the caret instead of the message', () => {
    const cause = Object.assign(new Error('no such column: b'), { code: 'SQLITE_ERROR' });
    const error = new DunlinError('STATEMENT_FAILED', 'Migration 003_x failed: no such column: b.', 'Correct it.', {
      location,
      source,
      cause,
    });
    expect(renderError(error, look)).toEqual([
      'error STATEMENT_FAILED  migrations/003_x.sql:2:8',
      '',
      '    1 | CREATE TABLE t (a);',
      '  > 2 | SELECT b FROM t;',
      '      |        ^ no such column: b (SQLITE_ERROR)',
      '',
      '  Correct it.',
    ]);
  });

  it('keeps the message where the caret does not say it', () => {
    const error = new DunlinError('STATEMENT_FAILED', 'It failed.', '', {
      location,
      source,
      cause: new Error('disk I/O'),
    });
    expect(renderError(error, look)).toEqual([
      'error STATEMENT_FAILED  migrations/003_x.sql:2:8',
      '',
      '  It failed.',
      '',
      '    1 | CREATE TABLE t (a);',
      '  > 2 | SELECT b FROM t;',
      '      |        ^',
    ]);
    const uncoded = new DunlinError('STATEMENT_FAILED', 'It failed: full.', '', {
      location,
      source,
      cause: new Error('full'),
    });
    expect(renderError(uncoded, look)).toContain('      |        ^ full');
  });

  it('names the file alone where there is no line', () => {
    const error = new DunlinError('USAGE', 'm', '', { location: { ...location, line: 0 }, source });
    expect(renderError(error, look)).toEqual(['error USAGE  migrations/003_x.sql', '', '  m']);
  });

  it('lists every problem', () => {
    const problems = [
      new DunlinError('MARKER_TWICE', 'first', 'h1'),
      new DunlinError('VERSION_DUPLICATE', 'second', 'h2'),
    ];
    expect(renderError(new DunlinError('SEVERAL_PROBLEMS', '2 problems.', '', { problems }), look)).toEqual([
      'error SEVERAL_PROBLEMS',
      '',
      '  2 problems.',
      '',
      '  error MARKER_TWICE',
      '',
      '    first',
      '',
      '    h1',
      '',
      '  error VERSION_DUPLICATE',
      '',
      '    second',
      '',
      '    h2',
    ]);
  });

  it('tells each of several problems once', () => {
    const problems = [new DunlinError('MARKER_TWICE', 'first', ''), new DunlinError('VERSION_DUPLICATE', 'second', '')];
    const message = '2 problems in migrations:\n- first\n- second';
    expect(renderError(new DunlinError('SEVERAL_PROBLEMS', message, 'Correct them.', { problems }), look)).toEqual([
      'error SEVERAL_PROBLEMS',
      '',
      '  2 problems in migrations.',
      '',
      '  Correct them.',
      '',
      '  error MARKER_TWICE',
      '',
      '    first',
      '',
      '  error VERSION_DUPLICATE',
      '',
      '    second',
    ]);
  });

  it('lists problems with one code and one way out as one', () => {
    const problems = ['third', 'second', 'first'].map((name) => new DunlinError('CANNOT_ROLL_BACK', `${name}.`, 'h'));
    const listed = ['error CANNOT_ROLL_BACK', '', '  third.', '  second.', '  first.', '', '  h'];
    expect(renderError(problems[0]!.with({ problems }), look)).toEqual(listed);
    expect(renderProblems([...problems, new DunlinError('USAGE', 'm', '')], look)).toEqual([
      '',
      ...listed,
      '',
      'error USAGE',
      '',
      '  m',
    ]);
    const caused = new DunlinError('USAGE', 'm', '', { cause: 'why' });
    expect(renderProblems([caused], { ...look, verbose: true }).at(-1)).toBe('  why');
  });

  it('says how far a run got', () => {
    const error = new DunlinError('USAGE', 'm', '', {
      applied: [ref(1)],
      failed: ref(2),
      pending: [3, 4, 5, 6, 7, 8, 9].map(ref),
    });
    expect(renderError(error, { ...look, width: 100 }).slice(-2)).toEqual([
      '  done before it: 001_x',
      '  not done: 003_x, 004_x, 005_x, 006_x, 007_x and 2 more',
    ]);
  });

  it('adds the cause with --verbose', () => {
    const verbose = { ...look, verbose: true };
    expect(renderError(new DunlinError('USAGE', 'm', '', { cause: new Error('deep') }), verbose).join('\n')).toContain(
      'Error: deep',
    );
    expect(renderError(new DunlinError('USAGE', 'm', '', { cause: 'text' }), verbose)).toContain('  text');
    expect(renderError(new DunlinError('USAGE', 'm', ''), verbose)).toEqual(['error USAGE', '', '  m']);
  });

  it('takes what is no Error', () => {
    expect(renderError('thrown text', look).slice(0, 3)).toEqual(['error UNEXPECTED', '', '  thrown text']);
    const verbose = renderError('thrown text', { ...look, verbose: true });
    expect(verbose.join('\n')).toContain('fault of Dunlin');
  });
});
