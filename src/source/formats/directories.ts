import type { FormatFile, FormatMigration, FormatPart, RemovedParts } from '../../migration/index.ts';
import {
  beside,
  byCodeUnits,
  lazyMigration,
  splitName,
  wholePart,
  type Folder,
  type Format,
  type Parts,
} from './format.ts';

/** How a tool keeps each migration in a directory of its own. */
interface DirectoryShape {
  /** The name of the file with the UP part. */
  readonly up: string;
  readonly down?: string;
  readonly key: (directory: string) => string;
  /** The version in front of the directory's name. */
  readonly split?: typeof splitName;
  readonly part?: (file: FormatFile) => FormatPart;
  readonly marks?: (up: string) => Pick<Parts, 'destructive'>;
  readonly unsaid?: FormatMigration['unsaid'];
  readonly indexNames?: NonNullable<FormatMigration['indexNames']>;
  /** `before`: the directory of the migration before. */
  readonly removed?: (directory: string, before: string | undefined) => RemovedParts | undefined;
}

/** Adds the migrations of directories, in the order of their names. */
export function readFolders(folder: Folder, shape: DirectoryShape): void {
  const { up, down, key, split = splitName, part = wholePart, marks, unsaid, indexNames, removed } = shape;
  const files = folder.byName;
  const names = folder.files.flatMap(({ name }) => /^([^/]+)\/[^/]+\.sql$/.exec(name)?.[1] ?? []);
  const directories = [...new Set(names)].sort(byCodeUnits);
  for (const [i, directory] of directories.entries()) {
    const file = files.get(`${directory}/${up}`);
    const undo = down === undefined ? undefined : files.get(`${directory}/${down}`);
    if (file === undefined) {
      folder.report(
        `${directory} has no ${up}`,
        'Restore that file, or delete the directory if no database has applied it.',
      );
      continue;
    }
    const named = {
      key: key(directory),
      ...split(directory),
      id: directory,
      back: folder.back(down === undefined ? undefined : beside(file, down)),
      ...(unsaid === undefined ? {} : { unsaid }),
      ...(indexNames === undefined ? {} : { indexNames }),
      ...(removed === undefined ? {} : { removed: () => removed(directory, directories[i - 1]) }),
      files: undo === undefined ? ([file] as const) : ([file, undo] as const),
    };
    folder.add(
      lazyMigration(named, () => {
        const found = part(file);
        return { up: found, down: undo === undefined ? undefined : part(undo), ...marks?.(found.source) };
      }),
    );
  }
}

export const prisma: Format = {
  name: 'prisma',
  title: 'Prisma',
  keyedBy: 'name',
  recognise: (files) =>
    (
      files.find(({ name }) => name === 'migration_lock.toml') ??
      files.find(({ name }) => /^\d+[^/]*\/migration\.sql$/.test(name))
    )?.name,
  read: (folder) => {
    const lock = folder.byName.get('migration_lock.toml');
    const provider = /^\s*provider\s*=\s*"([^"]*)"/m.exec(lock === undefined ? '' : folder.text(lock))?.[1];
    if (provider !== undefined && provider !== 'sqlite')
      folder.report(
        `migration_lock.toml is for ${provider}, not SQLite`,
        'Give the directory of the migrations for SQLite.',
      );
    readFolders(folder, {
      up: 'migration.sql',
      key: (directory) => directory,
      marks: (text) => ({ destructive: announcedLosses(text) }),
      unsaid: ['autoincrement', 'check', 'collate', 'generated', 'strict', 'without-rowid'],
      indexNames: (table, columns) => ['key', 'idx'].map((kind) => [table, ...columns, kind].join('_')),
    });
    folder.expect(/^migration_lock\.toml$/);
  },
  stamps: true,
  draft: ({ number, name, up }) => [{ name: `${number}_${name}/migration.sql`, text: `${up}\n` }],
};

/** The warnings that Prisma writes above a migration, as far as they announce that data is lost. */
const warnings: readonly (readonly [pattern: RegExp, name: (found: RegExpExecArray) => string])[] = [
  [/You are about to drop the column `([^`]+)` on the `([^`]+)` table/g, ([, column, table]) => `${table}.${column}`],
  [/You are about to drop the `([^`]+)` table/g, ([, table]) => table!],
  [/You are about to alter the column `([^`]+)` on the `([^`]+)` table/g, ([, column, table]) => `${table}.${column}`],
  [/The `([^`]+)` column on the `([^`]+)` table would be dropped/g, ([, column, table]) => `${table}.${column}`],
];

function announcedLosses(text: string): readonly string[] {
  // The comment is the first of the file, but for lines of Dunlin's own that were added above it.
  const comment = /^(?:\s*--[^\n]*\n)*\s*\/\*[^]*?\*\//.exec(text)?.[0] ?? '';
  return warnings.flatMap(([pattern, name]) => [...comment.matchAll(pattern)].map(name));
}

export const diesel: Format = {
  name: 'diesel',
  title: 'Diesel',
  keyedBy: 'version',
  recognise: (files) => files.find(({ name }) => /^\d[^/]*\/up\.sql$/.test(name))?.name,
  read: (folder) => {
    readFolders(folder, {
      up: 'up.sql',
      down: 'down.sql',
      key: (directory) => versionOf(directory),
      split: splitVersion,
    });
    folder.expect(/\/metadata\.toml$/);
  },
  stamps: true,
  draft: ({ number, name, up, down }) => {
    const directory = `${number.replace(/^(\d{4})(\d\d)(\d\d)(\d{6})$/, '$1-$2-$3-$4')}_${name}`;
    return [
      { name: `${directory}/up.sql`, text: `${up}\n` },
      { name: `${directory}/down.sql`, text: down },
    ];
  },
};

/** Diesel takes what stands before the first `_`, without its hyphens. */
function versionOf(directory: string): string {
  return directory.split('_', 1)[0]!.replaceAll('-', '');
}

function splitVersion(directory: string): ReturnType<typeof splitName> {
  return { number: versionOf(directory), name: directory.replace(/^[^_]*_?/, '') };
}
