import { closest, dunlinError, type DunlinError } from '../errors/index.ts';
import type { AppliedMigration } from '../ledger/index.ts';
import { replacedBy, type Migration, type Registry } from '../migration/index.ts';

/**
 * The keys of the option `destructive` that name no migration, and no row of `applied`, whose file may be gone.
 *
 * Where versions are positions, the next file may move them, and a number would allow the losses of another migration.
 */
export function destructiveProblems(
  registry: Registry,
  option: Readonly<Record<string, unknown>> = {},
  applied: ReadonlyMap<number, AppliedMigration> = new Map(),
): readonly DunlinError[] {
  const { migrations, repeatables = [], format, source } = registry;
  const replaced = replacedBy(registry);
  return Object.keys(option).flatMap((key) => {
    const refuse = (fact: string, way: string): DunlinError => dunlinError('DESTRUCTIVE_INVALID', { fact, way });
    const names = [...migrations, ...replaced, ...repeatables]
      .map(({ id }) => id)
      .concat([...applied.values()].map(({ name }) => name));
    if (names.includes(key)) return [];
    if (!/^\d+$/.test(key)) {
      const near = closest(key, names);
      const way = near === undefined ? newest(migrations) : `Did you mean '${near}'?`;
      return refuse(`no migration of ${source} is called ${key}`, way);
    }
    const version = Number(key);
    const found =
      (registry.get(version) ?? replaced.find((one) => one.version === version))?.id ?? applied.get(version)?.name;
    if (found === undefined) return refuse(`no migration of ${source} has the version ${key}`, newest(migrations));
    if (format?.numbers !== 'positions') return [];
    return refuse(
      `${key} is only the position of ${found}, and another file can take it`,
      `Name the file: \`destructive: { '${found}': ... }\`.`,
    );
  });
}

function newest(migrations: readonly Migration[]): string {
  const known = migrations.slice(-3).map(({ id }) => `'${id}'`);
  return known.length === 0 ? 'There are no migrations.' : `Name one that exists; the newest: ${known.join(', ')}.`;
}
