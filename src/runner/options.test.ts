import { describe, expect, it } from 'vitest';
import { down, history, plan, repair, reset, to, up } from '../operations/index.ts';
import { checkRunOptions } from './options.ts';
import { isDunlinError } from '../errors/index.ts';

function refusal(check: () => void): string | undefined {
  try {
    check();
  } catch (error) {
    if (!isDunlinError(error) || error.code !== 'OPTION_INVALID') throw error;
    return error.message;
  }
  return undefined;
}

const logger = { info: () => {}, warn: () => {}, error: () => {} };

describe('checkRunOptions', () => {
  it.each<[string, object]>([
    ['nothing', {}],
    ['undefined for the default', { verify: undefined, tables: { migrations: undefined }, lockTimeoutMs: undefined }],
    [
      'every option',
      {
        layout: 'semver',
        tables: { migrations: 'm', attempts: 'a "quoted" name' },
        outOfOrder: 'allow',
        atomic: 'run',
        destructive: { 7: ['users.email'], 20261121093000: true, 8: [] },
        rebuilds: 'as-written',
        verify: 'off',
        lockTimeoutMs: 0,
        functions: { f: () => null },
        logger: console,
        onEvent: () => {},
        signal: new AbortController().signal,
        tool: 'app 1.0',
      },
    ],
    ['a logger without debug, a wait without end', { logger, lockTimeoutMs: Number.POSITIVE_INFINITY }],
  ])('accepts %s', (_, options) => {
    expect(refusal(() => checkRunOptions(options))).toBeUndefined();
  });

  it.each<[unknown, string | RegExp]>([
    [null, 'The options must be an object; they are null.'],
    ['migrations', 'The options must be an object; they are "migrations".'],
    [[], 'The options must be an object; they are [].'],
    [{ verify: 'ful' }, '`verify` must be "auto" or "full" or "off" (did you mean "full"?); it is "ful".'],
    [{ commit: 'always' }, '`commit` must be "run" or "migration" or `{ everyMs }`; it is "always".'],
    [{ commit: 'migraton' }, /"migration" \(did you mean "migration"\?\) or `\{ everyMs \}`; it is/],
    [{ commit: { everyMs: 0 } }, /^`commit` must have `everyMs` alone, a whole number of milliseconds above 0; it is/],
    [{ commit: { everyMs: 5, every: 5 } }, /^`commit` must have `everyMs` alone/],
    [{ commit: {} }, /^`commit` must have `everyMs` alone/],
    [{ commit: 'migration', atomic: 'run' }, '`commit` must be "run" where `atomic` is "run"; it is "migration".'],
    [{ rebuilds: true }, '`rebuilds` must be "keep" or "as-written"; it is true.'],
    [{ atomic: true }, '`atomic` must be "migration" or "run"; it is true.'],
    [{ outOfOrder: 'alow' }, '`outOfOrder` must be "error" or "allow" (did you mean "allow"?); it is "alow".'],
    [{ layout: 'x' }, '`layout` must be "standard" or "filename" or "semver"; it is "x".'],
    [{ lockTimeoutMs: '500' }, '`lockTimeoutMs` must be a number of milliseconds, 0 or more; it is "500".'],
    [{ lockTimeoutMs: Number.NaN }, '`lockTimeoutMs` must be a number of milliseconds, 0 or more; it is NaN.'],
    [{ lockTimeoutMs: -1 }, '`lockTimeoutMs` must be a number of milliseconds, 0 or more; it is -1.'],
    [{ lockTimeoutMs: null }, '`lockTimeoutMs` must be a number of milliseconds, 0 or more; it is null.'],
    [
      { tables: { migrations: '' } },
      '`tables` may have `migrations` and `attempts`, each the name of a table, not `migrations: ""`; it is {"migrations":""}.',
    ],
    [
      { tables: { migration: 'm' } },
      '`tables` may have `migrations` and `attempts`, each the name of a table, not `migration: "m"`; it is {"migration":"m"}.',
    ],
    [{ tables: { attempts: 'a\0b' } }, /not `attempts: "a\\u0000b"`; it is /],
    [
      { tables: { attempts: 'SQLite_mine' } },
      '`tables` must not have a name that begins with sqlite_, which SQLite keeps for its own tables; it is {"attempts":"SQLite_mine"}.',
    ],
    [{ tables: 'm' }, '`tables` must be an object with `migrations` and `attempts`; it is "m".'],
    [{ destructive: true }, /^`destructive` must be an object of version to true or a list of names.*; it is true\.$/],
    [{ destructive: { 7: 'users' } }, /^`destructive` must be.*; it is \{"7":"users"\}\.$/],
    [{ destructive: { 7: [''] } }, /^`destructive` must be/],
    [{ destructive: { '007': true } }, /^`destructive` must be/],
    [{ functions: { f: 1 } }, '`functions` must be an object of functions; it is {"f":1}.'],
    [
      { logger: { info: () => {} } },
      '`logger` must be an object with the functions `info`, `warn` and `error`, as `console` is; it is {"info":"a function"}.',
    ],
    [{ logger: { ...logger, debug: true } }, /^`logger` must be/],
    [{ logger: null }, /^`logger` must be/],
    [{ onEvent: 'log' }, '`onEvent` must be a function; it is "log".'],
    [
      { signal: new AbortController() },
      '`signal` must be an AbortSignal: the `signal` of an AbortController; it is an object of class AbortController.',
    ],
    [{ tool: '' }, '`tool` must be a text that is not empty; it is "".'],
    [{ onEvnet: () => {} }, '`onEvnet` is unknown (did you mean `onEvent`?).'],
    [{ shouldRetry: () => {} }, /^`shouldRetry` is unknown \(known are layout, tables, /],
    [{ constructor: 1 }, /^`constructor` is unknown/],
    [
      { atomic: 'all', verfy: 'full' },
      '2 options are wrong:\n  - `atomic` must be "migration" or "run"; it is "all".\n  - `verfy` is unknown (did you mean `verify`?).',
    ],
  ])('refuses %#', (options, message) => {
    const found = refusal(() => checkRunOptions(options));
    if (typeof message === 'string') expect(found).toBe(message);
    else expect(found).toMatch(message);
  });

  it('refuses an option that is not given but needed', () => {
    const others = { bridge: () => 'must be a bridge' };
    expect(refusal(() => checkRunOptions({}, others, ['bridge']))).toBe('`bridge` must be a bridge; it is undefined.');
    expect(refusal(() => checkRunOptions({}, others))).toBeUndefined();
  });
});

describe('the options of an operation are checked before anything is opened', () => {
  const wrong = (value: unknown): never => value as never;
  it.each<[string, () => unknown, string | undefined]>([
    ['up', () => up({ to: 3, steps: 0 }), undefined],
    ['up', () => up(wrong({ to: '1' })), '`to` must be a version, as a whole number, 0 or more; it is "1".'],
    ['up', () => up(wrong({ to: 1n })), '`to` must be a version, as a whole number, 0 or more; it is 1n.'],
    ['up', () => up(wrong({ step: 1 })), '`step` is unknown (did you mean `steps`?).'],
    ['up', () => up(wrong({ all: true })), '`all` is unknown (known are to, steps).'],
    ['down', () => down({ steps: 1, all: false }), undefined],
    ['down', () => down({ steps: -1 }), '`steps` must be a whole number, 0 or more; it is -1.'],
    ['down', () => down(wrong({ all: 'yes' })), '`all` must be true or false; it is "yes".'],
    ['plan', () => plan({ direction: 'down', all: true }), undefined],
    [
      'plan',
      () => plan(wrong({ direction: 'dwon' })),
      '`direction` must be "up" or "down" (did you mean "down"?); it is "dwon".',
    ],
    ['history', () => history({ limit: 1.5 }), '`limit` must be a whole number, 0 or more; it is 1.5.'],
    ['reset', () => reset(wrong({ confirm: true })), "`confirm` must be a text, the database's name; it is true."],
    ['to', () => to(wrong('3'), {}), '`target` must be a version, as a whole number, 0 or more; it is "3".'],
    ['repair', () => repair([1, 2]), undefined],
    ['repair', () => repair(wrong(1)), '`versions` must be a list of versions, as whole numbers; it is 1.'],
    ['repair', () => repair(wrong(['1'])), '`versions` must be a list of versions, as whole numbers; it is ["1"].'],
  ])('%s: %#', (_, call, message) => {
    expect(refusal(() => void call())).toBe(message);
  });
});
