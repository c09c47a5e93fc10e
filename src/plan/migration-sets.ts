import { dunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { replacedBy, type Migration, type Registry } from '../migration/index.ts';

/** Migrations from one version to another that run completely or not at all, and are checked after the last. */
export interface MigrationSet {
  readonly first: number;
  readonly last: number;
  /** The known migrations; a database may have applied others between them. */
  readonly versions: readonly number[];
}

export interface DeclaredSet {
  readonly migration: Migration;
  readonly last: number;
}

export function setOf(sets: readonly MigrationSet[], version: number): MigrationSet | undefined {
  return sets.find(({ first, last }) => first <= version && version <= last);
}

function setBetween(first: number, last: number, { migrations }: Registry): MigrationSet {
  const versions = migrations.map(({ version }) => version).filter((one) => first <= one && one <= last);
  return { first, last, versions };
}

/** `301_create to 303_rename`, as messages name a set. */
export function nameOfSet(set: Pick<MigrationSet, 'first' | 'last'>, registry: Registry): string {
  const name = (version: number): string => registry.get(version)?.id ?? String(version);
  return `${name(set.first)} to ${name(set.last)}`;
}

/** Splits items, ordered by version, into their sets. An item of no set is alone. */
export function inSets<T extends { readonly version: number }>(
  items: readonly T[],
  sets: readonly MigrationSet[],
): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let open: MigrationSet | undefined;
  for (const item of items) {
    const set = setOf(sets, item.version);
    if (set !== undefined && set === open) groups.at(-1)!.push(item);
    else groups.push([item]);
    open = set;
  }
  return groups;
}

/** The sets of the option and of the migrations, and their problems. */
export function resolveSets(
  registry: Registry,
  option: readonly (readonly number[])[],
  declared: readonly DeclaredSet[],
): { readonly sets: readonly MigrationSet[]; readonly problems: readonly DunlinError[] } {
  const sets: MigrationSet[] = [];
  const problems: DunlinError[] = [];
  const add = (set: MigrationSet, refuse: (fact: string, way: string) => void): void => {
    const other = sets.find(({ first, last }) => first <= set.last && set.first <= last);
    if (other === undefined) sets.push(set);
    else if (other.first !== set.first || other.last !== set.last) {
      const all = setBetween(Math.min(other.first, set.first), Math.max(other.last, set.last), registry);
      refuse(
        `the sets ${nameOfSet(other, registry)} and ${nameOfSet(set, registry)} overlap`,
        `A migration is in one set. Let one end before the other, or make them one: ${written(all.versions)}.`,
      );
    }
  };
  const replaced = new Set(replacedBy(registry).map(({ version }) => version));
  for (const versions of option) {
    const refuse = (fact: string, way: string): void =>
      void problems.push(dunlinError('TOGETHER_INVALID', { where: 'The option `together`', fact, way }));
    const unknown = versions.find((version) => registry.get(version) === undefined);
    // The set happened in whole before the squash that replaces its files.
    if (versions.every((version) => replaced.has(version)) && unknown !== undefined) continue;
    const set = setBetween(versions[0]!, versions.at(-1)!, registry);
    const left = set.versions.find((version) => !versions.includes(version));
    if (unknown !== undefined)
      refuse(
        `no migration of ${registry.source} has the version ${unknown}`,
        newest(registry, 'Name versions that exist'),
      );
    else if (left !== undefined)
      refuse(
        `${registry.get(left)?.id} is between ${set.first} and ${set.last}, and is not in the set ${versions.join(', ')}`,
        `Take it in: ${written(set.versions)}.`,
      );
    else add(set, refuse);
  }
  for (const { migration, last } of declared) {
    const { version, file, id } = migration;
    const refuse = (fact: string, way: string): void =>
      void problems.push(dunlinError('TOGETHER_INVALID', { where: file, fact, way }, { migration: refOf(migration) }));
    if (registry.get(last) === undefined)
      refuse(
        `its set ends with the version ${last}, which no migration of ${registry.source} has`,
        newest(registry, 'Name a version that exists'),
      );
    else if (last <= version)
      refuse(
        `its set ends with the version ${last}, which does not come after its own`,
        `The first file of a set names the last: ${id} and those after it up to that version.`,
      );
    else add(setBetween(version, last, registry), refuse);
  }
  return { sets, problems };
}

function written(versions: readonly number[]): string {
  return `\`together: [[${versions.join(', ')}]]\``;
}

function newest({ migrations }: Registry, what: string): string {
  const known = migrations.slice(-3).map(({ id }) => id);
  return known.length === 0
    ? 'There are no migrations.'
    : `${what}; the newest ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}.`;
}
