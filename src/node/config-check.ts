import { closest } from '../errors/index.ts';

type Check = (value: unknown) => string | undefined;

const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'must be a text that is not empty';

const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string) ? undefined : `must be ${values.map((v) => `"${v}"`).join(' or ')}`;

const tables: Check = (value) => {
  if (!isRecord(value)) return 'must be an object with `migrations` and `attempts`';
  const bad = Object.entries(value).find(
    ([key, name]) => !['migrations', 'attempts'].includes(key) || typeof name !== 'string',
  );
  return bad === undefined
    ? undefined
    : `may have \`migrations\` and \`attempts\`, each the name of a table, not \`${bad[0]}: ${show(bad[1])}\``;
};

const destructive: Check = (value) => {
  const entries = isRecord(value) ? Object.entries(value) : [['', undefined] as const];
  const fine = entries.every(([version, what]) => /^\d+$/.test(version) && (what === true || isTexts(what)));
  return fine ? undefined : 'must be an object of version to true or a list of names, such as { "7": ["users.email"] }';
};

const milliseconds: Check = (value) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? undefined
    : 'must be a number of milliseconds, 0 or more';

const functions: Check = (value) =>
  isRecord(value) && Object.values(value).every((fn) => typeof fn === 'function')
    ? undefined
    : 'must be an object of functions';

const shared: Readonly<Record<string, Check>> = {
  migrations: text,
  driver: text,
  layout: oneOf('standard', 'filename', 'semver'),
  tables,
  outOfOrder: oneOf('error', 'allow'),
  atomic: oneOf('migration', 'run'),
  destructive,
  verify: oneOf('auto', 'full', 'off'),
  lockTimeoutMs: milliseconds,
  functions,
};

const single: Readonly<Record<string, Check>> = { database: text, ...shared };
const one: Readonly<Record<string, Check>> = { path: text, ...shared };

/** Every problem of a configuration, in the words of CONFIG_INVALID; empty for a sound one. */
export function checkConfig(config: unknown): string[] {
  if (!isRecord(config)) return ['it must export an object as its default'];
  if (!('databases' in config)) return checkKeys(config, single, '', ['databases', 'default']);

  const problems = checkKeys(config, { databases: () => undefined, default: text }, '', []);
  const { databases } = config;
  if (!isRecord(databases) || Object.keys(databases).length === 0) {
    return [...problems, '`databases` must be an object with at least one database'];
  }
  for (const [name, database] of Object.entries(databases)) {
    if (!isRecord(database)) problems.push(`\`databases.${name}\` must be an object with a \`path\``);
    else {
      if (!('path' in database)) problems.push(`\`databases.${name}\` has no \`path\``);
      problems.push(...checkKeys(database, one, `databases.${name}.`, []));
    }
  }
  const chosen = config['default'];
  if (typeof chosen === 'string' && !(chosen in databases)) {
    problems.push(`\`default\` names "${chosen}", which is not one of ${Object.keys(databases).join(', ')}`);
  }
  return problems;
}

function checkKeys(
  object: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, Check>>,
  prefix: string,
  others: readonly string[],
): string[] {
  const problems: string[] = [];
  for (const [key, value] of Object.entries(object)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) problems.push(unknownKey(key, prefix, [...Object.keys(checks), ...others]));
    else if (value !== undefined) {
      const problem = check(value);
      if (problem !== undefined) problems.push(`\`${prefix}${key}\` ${problem}; it is ${show(value)}`);
    }
  }
  return problems;
}

function unknownKey(key: string, prefix: string, known: readonly string[]): string {
  if (prefix === '' && 'databases' === known[0] && Object.hasOwn(single, key)) {
    return `\`${key}\` belongs into each database of \`databases\``;
  }
  // The flat form says `database`, the form with several says `path`: the usual mix-up.
  if (key === 'path' && known.includes('database')) return '`path` is unknown (did you mean `database`?)';
  if (key === 'database' && known.includes('path')) return `\`${prefix}database\` is unknown (did you mean \`path\`?)`;
  const near = closest(key, known);
  return `\`${prefix}${key}\` is unknown${near === undefined ? ` (known are ${known.join(', ')})` : ` (did you mean \`${near}\`?)`}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const json = JSON.stringify(value) as string | undefined;
  return json === undefined ? String(value) : json.length > 40 ? `${json.slice(0, 39)}…` : json;
}
