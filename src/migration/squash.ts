import { dunlinError, type DunlinError } from '../errors/index.ts';
import { parseFileName } from './file-name.ts';
import type { Identity, Migration, Registry, ReplacedMigration, SqlMigration, SquashLines } from './types.ts';

const firstLine = /^--[ \t]*dunlin[ \t]*:[ \t]*squash\b[ \t]*(.*)/i;
const replacesLine = /^--[ \t]*dunlin[ \t]*:[ \t]*replaces\b[ \t]*(\S*)[ \t]*(\S*)[ \t]*(.*)/i;
const comments = /^(?:--.*(?:\r?\n|$))*/;
const checksum = /^(?:sha256|definition):[0-9a-f]{64}$|^unchecked$/;

/** Whether a file is a squash. Its first line alone says so: no start has to search whole files. */
export function isSquash(text: string): boolean {
  return firstLine.test(text);
}

/**
 * The first lines of a squash: the checksum of its statements, and each migration that it replaces with its checksum. Or
 * what is wrong with them: `SQUASH_INVALID`.
 */
export function readSquash(text: string, { version, name, file }: Identity): SquashLines | DunlinError {
  const invalid = (line: number, fact: string): DunlinError =>
    dunlinError('SQUASH_INVALID', { file, version, line, fact }, { migration: { version, name } });
  const lines = comments.exec(text)![0].split(/\r?\n/);
  const own = firstLine.exec(lines[0]!)![1]!.trim();
  if (!checksum.test(own)) return invalid(1, 'does not end with the checksum of the statements below');
  const replaces: ReplacedMigration[] = [];
  for (const [index, line] of lines.slice(1).entries()) {
    const [match, fileName, ofFile, label] = replacesLine.exec(line) ?? [];
    if (match === undefined) break;
    const parsed = parseFileName(fileName!);
    if (!('version' in parsed) || !checksum.test(ofFile!))
      return invalid(index + 2, 'does not have the name of a migration and its checksum');
    if (parsed.version <= (replaces.at(-1)?.version ?? 0))
      return invalid(index + 2, 'does not have a higher version than the line above');
    replaces.push({
      version: parsed.version,
      name: parsed.name,
      id: parsed.id,
      fileName: fileName!,
      checksum: ofFile!,
      label: label!.trim() === '' ? undefined : label!.trim(),
    });
  }
  const last = replaces.at(-1)?.version;
  if (last !== version)
    return invalid(
      replaces.length + 1,
      last === undefined
        ? 'is not followed by the migrations that it replaces'
        : `ends the list of the replaced migrations with version ${last}, and the file has version ${version}`,
    );
  return { checksum: own, replaces };
}

/** The first lines of a squash, as `readSquash` reads them. */
export function squashHead({ checksum: own, replaces }: SquashLines): readonly string[] {
  return [
    `-- dunlin: squash ${own}`,
    ...replaces.map(({ fileName, checksum: ofFile, label }) =>
      ['-- dunlin: replaces', fileName, ofFile, ...(label === undefined ? [] : [label])].join(' '),
    ),
  ];
}

/** Whether a migration is a squash. */
export function isSquashed(migration: Migration): boolean {
  return migration.kind === 'sql' && migration.squash !== undefined;
}

/**
 * What makes a new database of the migrations, up to a version: the newest squash, and what comes after it. Without a
 * squash, the migrations themselves.
 */
export function startOf(registry: Registry, to: number = Number.POSITIVE_INFINITY): readonly Migration[] {
  const squash = registry.squashes?.findLast(({ version }) => version <= to);
  const files = registry.migrations.filter(({ version }) => version <= to);
  if (squash === undefined) return files;
  return [squash, ...files.filter(({ version }) => version > squash.version)];
}

/**
 * The registry for running the whole history: without the squashes of which every file is there, because these run
 * instead.
 */
export function wholeHistory(registry: Registry): Registry {
  const needed = registry.squashes?.filter(
    ({ squash }) => squash?.replaces.some(({ version }) => registry.get(version) === undefined) === true,
  );
  return needed === undefined ? registry : { ...registry, squashes: needed };
}

/** The migrations that squashes replace. Their files may be gone, and what the options say of them stays. */
export function replacedBy({ squashes = [] }: Pick<Registry, 'squashes'>): readonly ReplacedMigration[] {
  return squashes.flatMap(({ squash }) => squash!.replaces);
}

/** The migration of a version that can be applied: its file, else the squash that ends with it. */
export function migrationAt(registry: Registry, version: number): Migration | undefined {
  return registry.get(version) ?? squashAt(registry, version);
}

export function squashAt({ squashes }: Pick<Registry, 'squashes'>, version: number): SqlMigration | undefined {
  return squashes?.find((squash) => squash.version === version);
}
