import { closest, dunlinError, shown, thrownReason } from './errors/index.ts';
import type {
  BackupOptions,
  BaselineOptions,
  CheckOptions,
  ConfirmOptions,
  DownOptions,
  DumpOptions,
  RunOptions,
  UpOptions,
} from './options.ts';
import type { RunnerParts } from './performer.ts';

/** What a value must be, in words, if it is not that. */
export type Check = (value: unknown) => string | undefined;
export type Checks = Readonly<Record<string, Check>>;
/** One for each option: a new option without a check does not compile. */
type ChecksOf<Options> = { readonly [Key in keyof Options]-?: Check };

/** A check by a condition. */
export function must(words: string, holds: (value: unknown) => boolean): Check {
  return (value) => (holds(value) ? undefined : `must be ${words}`);
}

/** A check by a list of words. */
export function oneOf(...known: readonly string[]): Check {
  return (value) => {
    if (known.includes(value as string)) return undefined;
    const words = known.map((word) => shown(word)).join(' or ');
    const near = typeof value === 'string' ? closest(value, known) : undefined;
    return `must be ${words}${near === undefined ? '' : ` (did you mean ${shown(near)}?)`}`;
  };
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const commitWords = oneOf('run', 'migration');
const commitCheck: Check = (value) => {
  if (!isRecord(value)) return commitWords(value) && `${commitWords(value)} or \`{ everyMs }\``;
  const { everyMs, ...others } = value;
  const known = Object.keys(others).length === 0 && isWhole(everyMs) && Number(everyMs) > 0;
  return known ? undefined : 'must have `everyMs` alone, a whole number of milliseconds above 0';
};

const tables: Check = (value) => {
  if (!isRecord(value)) return 'must be an object with `migrations` and `attempts`';
  for (const [key, name] of Object.entries(value)) {
    // SQLite reads no further than a NUL.
    const isName = name === undefined || (isText(name) && !name.includes('\0'));
    if (!isName || !['migrations', 'attempts'].includes(key))
      return `may have \`migrations\` and \`attempts\`, each the name of a table, not \`${key}: ${shown(name)}\``;
    if (isText(name) && /^sqlite_/i.test(name))
      return 'must not have a name that begins with sqlite_, which SQLite keeps for its own tables';
  }
  return undefined;
};

const backupOptions: ChecksOf<BackupOptions> = {
  directory: must('the path of a folder', isText),
  keep: must('a whole number, 1 or more', (value) => isWhole(value) && value !== 0),
  maxAgeDays: must('a number of days, more than 0', (value) => typeof value === 'number' && value > 0),
  maxBytes: must('a number of bytes, 0 or more', (value) => typeof value === 'number' && value >= 0),
  compress: must('true or false', (value) => typeof value === 'boolean'),
};

const backups: Check = (value) => {
  if (!isRecord(value)) return `must be an object with any of ${Object.keys(backupOptions).join(', ')}`;
  const problems = optionProblems(value, backupOptions, []);
  return problems.length === 0 ? undefined : `is wrong: ${problems.join('; ')}`;
};

/** A key such as `007` would never be looked up. */
const isDestructive = (value: unknown): boolean =>
  isRecord(value) &&
  Object.entries(value).every(
    ([version, what]) => /^[1-9]\d*$/.test(version) && (what === true || (Array.isArray(what) && what.every(isText))),
  );

/** What needs no migrations to be seen; the rest is `TOGETHER_INVALID`. */
const together: Check = (value) => {
  const isVersion = (one: unknown): boolean => isWhole(one) && one !== 0;
  if (!Array.isArray(value) || !value.every((set) => Array.isArray(set) && set.every(isVersion)))
    return 'must be a list of sets, each a list of versions, such as [[301, 302, 303]]';
  for (const set of value as readonly (readonly number[])[]) {
    if (set.length < 2) return `must have two versions or more in each set, not ${shown(set)}`;
    if (set.some((one, i) => i > 0 && one <= set[i - 1]!)) return `must have ascending versions, not ${shown(set)}`;
  }
  return undefined;
};

const isExtension = (value: unknown): boolean =>
  isText(value) ||
  (isRecord(value) &&
    isText(value['path']) &&
    (value['entryPoint'] === undefined || isText(value['entryPoint'])) &&
    Object.keys(value).every((key) => key === 'path' || key === 'entryPoint'));

function isLogger(value: unknown): boolean {
  const logger = value as Readonly<Record<string, unknown>> | null | undefined;
  return (
    ['info', 'warn', 'error'].every((method) => isFunction(logger?.[method])) &&
    ['function', 'undefined'].includes(typeof logger?.['debug'])
  );
}

export const text: Check = must('a text that is not empty', isText);

/** The options of a run that a configuration file may have as well. */
export const sharedChecks: ChecksOf<Omit<RunOptions, 'logger' | 'onEvent' | 'signal' | 'tool'>> = {
  layout: oneOf('standard', 'filename', 'semver'),
  tables,
  outOfOrder: oneOf('error', 'allow'),
  otherTool: oneOf('error', 'allow'),
  emptyMigrations: oneOf('error', 'allow'),
  drift: oneOf('note', 'error'),
  atomic: oneOf('migration', 'run'),
  commit: commitCheck,
  destructive: must('an object of version to true or a list of names, such as { "7": ["users.email"] }', isDestructive),
  together,
  guards: oneOf('values', 'count'),
  verify: oneOf('auto', 'full', 'off'),
  backup: oneOf('always', 'risky', 'off'),
  backups,
  lockTimeoutMs: must('a number of milliseconds, 0 or more', (value) => typeof value === 'number' && value >= 0),
  functions: must('an object of functions', (value) => isRecord(value) && Object.values(value).every(isFunction)),
  extensions: must(
    'a list of paths, or of objects with `path` and `entryPoint`',
    (value) => Array.isArray(value) && value.every(isExtension),
  ),
  prepare: must('a function', isFunction),
};

const runChecks: ChecksOf<RunOptions> = {
  ...sharedChecks,
  logger: must('an object with the functions `info`, `warn` and `error`, as `console` is', isLogger),
  onEvent: must('a function', isFunction),
  signal: must(
    'an AbortSignal: the `signal` of an AbortController',
    (value) => isRecord(value) && typeof value['aborted'] === 'boolean',
  ),
  tool: text,
};

const isBoolean: Check = must('true or false', (value) => typeof value === 'boolean');
const version: Check = must('a version, as a whole number, 0 or more', isWhole);
/** A negative number of steps would count from the other end. */
const number: Check = must('a whole number, 0 or more', isWhole);

export const upChecks: ChecksOf<UpOptions> = { to: version, steps: number };
export const confirmChecks: ChecksOf<ConfirmOptions> = { confirm: must('a function', isFunction) };
export const downChecks: ChecksOf<DownOptions> = { ...upChecks, ...confirmChecks, all: isBoolean };
export const baselineChecks: ChecksOf<BaselineOptions> = { ...confirmChecks, verify: isBoolean };
export const dumpChecks: ChecksOf<DumpOptions> = {
  format: oneOf('sql', 'mermaid', 'dot', 'svg', 'json'),
  tracking: isBoolean,
  views: isBoolean,
};
export const checkChecks: ChecksOf<CheckOptions> = { replay: isBoolean, rounds: isBoolean, withData: isBoolean };
export const planChecks: Checks = { ...upChecks, all: isBoolean, direction: oneOf('up', 'down') };
export const historyChecks: Checks = { limit: number };
export const resetChecks: Checks = {
  confirm: must("a text, the database's name", (value) => typeof value === 'string'),
};
/** What the core's runner is made of. */
export const partsChecks: ChecksOf<RunnerParts> = {
  bridge: must('a function that opens a `DatabaseBridge`', isFunction),
  registry: must('a function that gives a `Registry`, which `createRegistry` makes', isFunction),
  host: must('a `Host`', isRecord),
  database: text,
  path: text,
  owned: isBoolean,
  copy: must('a function', isFunction),
  scratch: must('a function', isFunction),
};
/** What is given by its position, under the name that the method gives it. */
export const targetChecks: Checks = { target: version };
export const tableChecks: Checks = { table: must('the name of a table', isText) };
export const versionsChecks: Checks = {
  versions: must('a list of versions, as whole numbers', (value) => Array.isArray(value) && value.every(isWhole)),
};

/**
 * Refuses the options of a runner that are wrong, all at once. The compiler sees most of it, but not everybody has it.
 * `others` are what else may be given, `required` what must be. Errors: `OPTION_INVALID`.
 */
export function checkRunOptions(given: unknown, others: Checks = {}, required: readonly string[] = []): void {
  checkOptions(given, { ...others, ...runChecks }, required);
  const { atomic, commit } = given as RunOptions;
  if (atomic !== 'run' || commit === undefined || commit === 'run') return;
  const problem = `\`commit\` must be "run" where \`atomic\` is "run"; it is ${shown(commit)}`;
  throw dunlinError('OPTION_INVALID', { problems: [problem] });
}

/** The same for what a method takes. */
export function checkOptions(given: unknown, checks: Checks, required: readonly string[] = []): void {
  const problems = problemsOf(given, checks, required);
  if (problems.length > 0) throw dunlinError('OPTION_INVALID', { problems });
}

function problemsOf(given: unknown, checks: Checks, required: readonly string[]): readonly string[] {
  try {
    return isRecord(given)
      ? optionProblems(given, checks, required)
      : [`The options must be an object; they are ${shown(given)}`];
  } catch (error) {
    // A Proxy, or a property that is computed.
    return [`The options cannot be read: ${thrownReason(error)}`];
  }
}

/** Every problem with an object's keys and values. `prefix` is what stands before a key in the messages. */
export function optionProblems(
  given: Readonly<Record<string, unknown>>,
  checks: Checks,
  required: readonly string[],
  prefix: string = '',
  unknown: (key: string) => string = (key) => unknownKey(key, Object.keys(checks), prefix),
): string[] {
  const problems: string[] = [];
  const keys = new Set([...Object.keys(given), ...required]);
  for (const key of keys) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    const value = given[key];
    if (check === undefined) problems.push(unknown(key));
    else if (value !== undefined || required.includes(key)) {
      const words = check(value);
      if (words !== undefined) problems.push(`\`${prefix}${key}\` ${words}; it is ${shown(value)}`);
    }
  }
  return problems;
}

export function unknownKey(key: string, known: readonly string[], prefix: string): string {
  const near = closest(key, known);
  return `\`${prefix}${key}\` is unknown${near === undefined ? ` (known are ${known.join(', ')})` : ` (did you mean \`${near}\`?)`}`;
}
