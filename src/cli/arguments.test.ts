import { describe, expect, it } from 'vitest';
import { Arguments } from './arguments.ts';

const args = (options: Record<string, unknown>, positional: string[] = []): Arguments =>
  new Arguments('up', positional, options);

describe('Arguments', () => {
  it.each([
    ['30', 30_000],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['500ms', 500],
    ['2m', 120_000],
    ['2min', 120_000],
    ['0', 0],
  ])('reads the time %s', (text, ms) => expect(args({ lockTimeout: text }).milliseconds('lockTimeout')).toBe(ms));

  it.each(['', 'x', '-1', '1h', '1 2'])('refuses the time %j', (text) => {
    expect(() => args({ lockTimeout: text }).milliseconds('lockTimeout')).toThrow('--lock-timeout is a time');
  });

  it('reads versions as file names have them', () => {
    expect(args({ to: '007' }).version('to')).toBe(7);
    expect(args({ to: '007_tidy' }).version('to')).toBe(7);
    expect(args({ to: '20261121093000' }).version('to')).toBe(20261121093000);
    expect(args({}).version('to')).toBeUndefined();
    for (const to of ['7a', '-1', '1.5', '1234567890123456', ''])
      expect(() => args({ to }).version('to')).toThrow('--to is the number');
  });

  it('suggests the command line with the nearest of the allowed values', () => {
    const line = ['up', '--layout', 'semvr', '-d', 'my app.db'];
    const given = new Arguments('up', [], { layout: 'semvr' }, line);
    let hint = '';
    try {
      given.oneOf('layout', ['standard', 'semver']);
    } catch (error) {
      hint = (error as { hint: string }).hint;
    }
    expect(hint).toContain('`dunlin up --layout semver -d "my app.db"`');
  });

  it('knows what was not given', () => {
    const none = args({});
    expect(none.first).toBe('');
    expect(none.flag('yes')).toBe(false);
    expect([none.negated('verify'), args({ verify: false }).negated('verify')]).toEqual([false, true]);
    expect(none.text('to')).toBeUndefined();
    expect(none.texts('database')).toEqual([]);
    expect(none.count('steps')).toBeUndefined();
    expect(none.milliseconds('lockTimeout')).toBeUndefined();
    expect(none.oneOf('layout', ['standard'])).toBeUndefined();
  });

  it('refuses options that exclude each other, by their names on the command line', () => {
    expect(() => args({ lockTimeout: '1', dryRun: true }).exclude('lockTimeout', 'dryRun', 'Why.')).toThrow(
      '--lock-timeout and --dry-run cannot be given together',
    );
    expect(() => args({ lockTimeout: '1', dryRun: false }).exclude('lockTimeout', 'dryRun', 'Why.')).not.toThrow();
  });
});
