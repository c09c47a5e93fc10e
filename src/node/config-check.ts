import { shown, isBoolean, isRecord, oneOf, optionProblems, text, unknownKey, thrownReason } from '../errors/index.ts';
import { sharedChecks } from '../runner/index.ts';
import { seedsCheck } from './seed-files.ts';
import { formatChecks } from './format-options.ts';
import type { Checks } from '../errors/check-options.ts';

const shared: Checks = {
  migrations: text,
  seeds: seedsCheck,
  driver: text,
  dump: text,
  numbering: oneOf('sequential', 'timestamp'),
  development: isBoolean,
  ...formatChecks,
  ...sharedChecks,
};
const single: Checks = { database: text, ...shared };
/** The JSON schema's address for editors: `init` writes it, Dunlin ignores it. */
const head: Checks = { $schema: text };
const one: Checks = { path: text, ...shared };

/** All problems of a configuration, for CONFIG_INVALID; empty for a valid one. */
export function checkConfig(config: unknown): string[] {
  if (!isRecord(config)) return [`it must export an object as its default; it exports ${shown(config)}`];
  if (!('databases' in config)) return checkKeys(config, { ...single, ...head }, '', ['databases', 'default']);

  const problems = checkKeys(config, { databases: () => undefined, default: text, ...head }, '', []);
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
  problems.push(...sharedDumps(databases));
  const chosen = config['default'];
  if (typeof chosen === 'string' && !(chosen in databases)) {
    problems.push(`\`default\` names "${chosen}", which is not one of ${Object.keys(databases).join(', ')}`);
  }
  return problems;
}

function checkKeys(
  object: Readonly<Record<string, unknown>>,
  checks: Checks,
  prefix: string,
  others: readonly string[],
): string[] {
  return optionProblems(object, checks, [], prefix, (key) => unknown(key, prefix, [...Object.keys(checks), ...others]));
}

function unknown(key: string, prefix: string, known: readonly string[]): string {
  if (prefix === '' && 'databases' === known[0] && Object.hasOwn(single, key)) {
    return `\`${key}\` belongs into each database of \`databases\``;
  }
  // A configuration with one database has `database`, one with several has `path`: a common mistake.
  if (key === 'path' && known.includes('database')) return '`path` is unknown (did you mean `database`?)';
  if (key === 'database' && known.includes('path')) return `\`${prefix}database\` is unknown (did you mean \`path\`?)`;
  if (prefix === '' && key === 'default') return '`default` is for a configuration with several `databases`';
  return unknownKey(key, known, prefix);
}

/** Two databases with one dump file would overwrite each other's dump. */
function sharedDumps(databases: Readonly<Record<string, unknown>>): string[] {
  const owners = new Map<string, string>();
  return Object.entries(databases).flatMap(([name, database]) => {
    const dump = isRecord(database) ? database['dump'] : undefined;
    if (typeof dump !== 'string') return [];
    const owner = owners.get(dump);
    owners.set(dump, owner ?? name);
    return owner === undefined ? [] : [`\`databases.${name}.dump\` is the file of \`databases.${owner}\``];
  });
}

/** A copy of a configuration, and the properties that could not be read, for CONFIG_INVALID. */
export interface ConfigCopy {
  readonly config: unknown;
  readonly problems: readonly string[];
}

/**
 * Copies a configuration, so that its getters and Proxies, which may throw, run only once. Functions are not copied, and
 * objects keep their class, which error messages name.
 */
export function copyConfig(config: unknown): ConfigCopy {
  const problems: string[] = [];
  const copies = new Map<object, object>();
  return { config: copy(config, ''), problems };

  function copy(value: unknown, name: string): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    const copied = attempt(name, () =>
      Array.isArray(value) ? [] : (Object.create(Object.getPrototypeOf(value)) as object),
    );
    if (copied === undefined) return undefined;
    copies.set(value, copied);
    for (const key of attempt(name, () => Object.keys(value)) ?? []) {
      const inner = name === '' ? key : `${name}.${key}`;
      const property = attempt(inner, () => (value as Record<string, unknown>)[key]);
      // An assignment could call a setter of the class.
      Object.defineProperty(copied, key, {
        value: copy(property, inner),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return copied;
  }

  function attempt<T>(name: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      problems.push(`${name === '' ? 'what it exports' : `\`${name}\``} cannot be read: ${thrownReason(error)}`);
      return undefined;
    }
  }
}
