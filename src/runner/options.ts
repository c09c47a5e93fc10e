import {
  checkOptions,
  dunlinError,
  isFunction,
  isRecord,
  isText,
  isWhole,
  must,
  oneOf,
  optionProblems,
  shown,
  text,
  type Check,
  type Checks,
  type ChecksOf,
  isBoolean,
} from '../errors/index.ts';
import type { BackupOptions } from '../backup/index.ts';
import type { RunOptions } from '../lock/index.ts';
import type { RunnerParts } from './session.ts';
import { type LayoutName, type TableNames, createLedger } from '../ledger/index.ts';
import { sameName } from '../sql/index.ts';

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

/** A version, or the name of a file without its ending. A key such as `007` would never be looked up. */
const isDestructive = (value: unknown): boolean =>
  isRecord(value) &&
  Object.entries(value).every(
    ([key, what]) => /^[1-9]\d*$|\D/.test(key) && (what === true || (Array.isArray(what) && what.every(isText))),
  );

/** Problems that can be found without the migrations; the others are `TOGETHER_INVALID`. */
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

/** The options of a run that a configuration file may have as well. */
export const sharedChecks: ChecksOf<Omit<RunOptions, 'logger' | 'onEvent' | 'signal' | 'tool'>> = {
  layout: oneOf('standard', 'filename', 'semver'),
  tables,
  outOfOrder: oneOf('error', 'allow'),
  otherTool: oneOf('error', 'allow'),
  mirror: must(
    'true, false, or the name of a tool or of its table',
    (value) => typeof value === 'boolean' || isText(value),
  ),
  emptyMigrations: oneOf('error', 'allow'),
  drift: oneOf('note', 'error'),
  atomic: oneOf('migration', 'run'),
  commit: commitCheck,
  destructive: must('an object of version to true or a list of names, such as { "7": ["users.email"] }', isDestructive),
  together,
  guards: oneOf('values', 'count'),
  rebuilds: oneOf('keep', 'as-written'),
  verify: oneOf('auto', 'full', 'off'),
  backup: oneOf('always', 'risky', 'off'),
  backups,
  lockTimeoutMs: must('a number of milliseconds, 0 or more', (value) => typeof value === 'number' && value >= 0),
  functions: must('an object of functions', (value) => isRecord(value) && Object.values(value).every(isFunction)),
  extensions: must(
    'a list of paths, or of objects with `path` and `entryPoint`',
    (value) => Array.isArray(value) && value.every(isExtension),
  ),
  doubleQuotedStrings: isBoolean,
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

/** What the core's runner is made of. */
export const partsChecks: ChecksOf<RunnerParts> = {
  bridge: must('a function that opens a `DatabaseBridge`', isFunction),
  registry: must('a function that gives a `Registry`, which `createRegistry` makes', isFunction),
  host: must('a `Host`', isRecord),
  database: text,
  path: text,
  owned: isBoolean,
  copy: must('a function', isFunction),
  rehearsalCopies: must('a function', isFunction),
  seeds: must('a function', isFunction),
  scratch: must('a function', isFunction),
  recorder: must('a `RunRecorder`', isRecord),
};
/**
 * Refuses the options of a runner that are wrong, all at once. The compiler sees most of it, but not everybody has it.
 * `others` are what else may be given, `required` what must be. Errors: `OPTION_INVALID`.
 */
export function checkRunOptions(given: unknown, others: Checks = {}, required: readonly string[] = []): void {
  checkOptions(given, { ...others, ...runChecks }, required);
  const { atomic, commit, layout = 'standard', tables: named = {} } = given as RunOptions;
  refuseSharedName(layout, named);
  if (atomic !== 'run' || commit === undefined || commit === 'run') return;
  const problem = `\`commit\` must be "run" where \`atomic\` is "run"; it is ${shown(commit)}`;
  throw dunlinError('OPTION_INVALID', { problems: [problem] });
}

/** Each of Dunlin's tables needs a name of its own, the default ones included. */
function refuseSharedName(layout: LayoutName, tables: Partial<TableNames>): void {
  const { migrations, attempts } = createLedger('', layout, tables).tables;
  const names = [migrations, attempts, ...(layout === 'semver' ? ['schema_version'] : [])];
  const shared = names.find((name, index) => names.slice(0, index).some((other) => sameName(other, name)));
  if (shared === undefined) return;
  throw dunlinError('OPTION_INVALID', {
    problems: [`\`tables\` must name each table differently; ${shown(shared)} stands for two of them`],
  });
}
