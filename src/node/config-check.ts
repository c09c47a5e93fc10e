import { shown, isRecord, oneOf, optionProblems, text, unknownKey } from '../errors/index.ts';
import { sharedChecks } from '../runner/index.ts';
import type { Checks } from '../errors/check-options.ts';

const shared: Checks = {
  migrations: text,
  driver: text,
  dump: text,
  numbering: oneOf('sequential', 'timestamp'),
  ...sharedChecks,
};
const single: Checks = { database: text, ...shared };
/** Where editors find the JSON schema: `init` writes it, and Dunlin does not read it. */
const head: Checks = { $schema: text };
const one: Checks = { path: text, ...shared };

/** Every problem of a configuration, in the words of CONFIG_INVALID; empty for a sound one. */
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
  // The flat form says `database`, the form with several says `path`: the usual mix-up.
  if (key === 'path' && known.includes('database')) return '`path` is unknown (did you mean `database`?)';
  if (key === 'database' && known.includes('path')) return `\`${prefix}database\` is unknown (did you mean \`path\`?)`;
  if (prefix === '' && key === 'default') return '`default` is for a configuration with several `databases`';
  return unknownKey(key, known, prefix);
}

/** Two databases that keep their dumps in one file would overwrite each other's for ever. */
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
