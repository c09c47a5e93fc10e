import { dunlinError, type DunlinError } from '../errors/index.ts';
import {
  formatVersion,
  maxVersion,
  type MigrationDefinition,
  type MigrationSource,
  type SourceEntry,
} from '../migration/index.ts';

/**
 * Migrations given as an array of definitions, each with its `version` and `name`. Their order in the array does not
 * matter. The name may repeat the version, as in `001_destination_memory`.
 *
 * Edits of SQL in them are noticed; edits of functions are not, because a bundler may write the same function
 * differently in every build.
 */
export function definitionsSource(
  definitions: readonly MigrationDefinition<never>[],
  name: string = 'the given list',
): MigrationSource {
  return {
    name,
    read: () => {
      const problems: DunlinError[] = [];
      const entries = definitions.flatMap((definition, i): SourceEntry[] => {
        const missing = missingKey(definition);
        if (missing !== undefined) {
          problems.push(dunlinError('DEFINITION_INCOMPLETE', { position: i + 1, missing }));
          return [];
        }
        const id = idOf(definition.version!, definition.name!);
        // As the default export of a module would be: then a key that is misspelt is an error.
        return [
          { name: `${id}.js`, path: id, content: undefined, module: definition, load: () => ({ default: definition }) },
        ];
      });
      return { entries, others: [], problems };
    },
  };
}

function missingKey(definition: MigrationDefinition<never> | null | undefined): string | undefined {
  const { version, name } = definition ?? {};
  const isVersion = typeof version === 'number' && Number.isInteger(version) && version >= 0 && version <= maxVersion;
  if (!isVersion) return 'version';
  return typeof name === 'string' && name !== '' ? undefined : 'name';
}

function idOf(version: number, name: string): string {
  const digits = /^(\d+)_/.exec(name)?.[1];
  return digits !== undefined && Number(digits) === version ? name : `${formatVersion(version)}_${name}`;
}
