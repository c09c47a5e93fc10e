import type { Host } from '../bridge/index.ts';
import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { CodeFile } from './code-migration.ts';
import { findDuplicates } from './duplicates.ts';
import type { FormatFile } from './format.ts';
import { parseFileName } from './file-name.ts';
import { nameKey } from '../sql/index.ts';
import { isRepeatable, parseRepeatableName, repeatableVersion } from './repeatable.ts';
import { throwProblems } from './problems.ts';
import { decode, guessEncoding, readSource } from './read-source.ts';
import { locate } from './script.ts';
import { SqlFile } from './sql-migration.ts';
import { isSquash, readSquash } from './squash.ts';
import type {
  Identity,
  IgnoredFile,
  Migration,
  MigrationSource,
  Registry,
  SourceEntry,
  SqlMigration,
} from './types.ts';

/**
 * Reads a source into the validated list of migrations, by version. Every file is read and hashed now, and parsed or
 * imported on first use of `content`, `checksum` or `load`.
 *
 * Throws for invalid names, duplicate versions and unreadable files: one error, or SEVERAL_PROBLEMS.
 */
export function createRegistry(source: MigrationSource, host: Host): Registry {
  const { entries, others, problems: unreadable = [], format, ignored: left = [] } = readSource(source, host);
  const problems: DunlinError[] = [...unreadable];
  const migrations: Migration[] = [];
  const squashes: SqlMigration[] = [];
  const repeatables: SqlMigration[] = [];
  const ignored: IgnoredFile[] = [...left];
  for (const entry of entries) {
    if (entry.origin !== undefined) {
      const { id, name } = entry.origin;
      const identity = {
        version: entry.version!,
        name: (format?.numbers === 'versions' || isRepeatable({ version: entry.version! })) && name !== '' ? name : id,
        id,
        file: entry.path,
      };
      const made = make(entry.load === undefined ? 'sql' : 'code', identity, entry, host);
      if ('kind' in made && isRepeatable(made)) repeatables.push(made as SqlMigration);
      else if ('kind' in made) migrations.push(made);
      else problems.push(made.problem);
      continue;
    }
    const name = parseRepeatableName(entry.name, entry.path) ?? parseFileName(entry.name, entry.path);
    if (name.kind === 'repeatable') {
      const made = make(
        'sql',
        { version: repeatableVersion, name: name.name, id: name.id, file: entry.path },
        entry,
        host,
      );
      if ('kind' in made) repeatables.push(made as SqlMigration);
      else problems.push(made.problem);
    } else if (name.kind === 'ignored') ignored.push(ignoredFile(entry.path, name));
    else if (name.kind === 'invalid') problems.push(name.error);
    else {
      const made = make(
        name.kind,
        { version: name.version, name: name.name, id: name.id, file: entry.path },
        entry,
        host,
      );
      if (!('kind' in made)) problems.push(made.problem);
      else if (made.kind === 'sql' && made.squash !== undefined) squashes.push(made);
      else migrations.push(made);
    }
  }
  for (const file of others) {
    const name = parseRepeatableName(file) ?? parseFileName(file);
    ignored.push(ignoredFile(file, name.kind === 'ignored' ? name : { reason: 'was not read', mayBeMigration: true }));
  }
  migrations.sort((a, b) => a.version - b.version);
  squashes.sort((a, b) => a.version - b.version);
  repeatables.sort((a, b) => (a.name < b.name ? -1 : 1));
  problems.push(
    ...findDuplicates(migrations, source.name),
    ...findDuplicates(squashes, source.name),
    ...sameNames(repeatables),
  );
  throwProblems(source.name, problems);

  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]));
  const get = (version: number): Migration | undefined => byVersion.get(version);
  return {
    source: source.name,
    migrations,
    ...(squashes.length > 0 && { squashes }),
    ...(repeatables.length > 0 && { repeatables }),
    ignored,
    format,
    get,
  };
}

/** Two repeatable migrations with one name, also where only their case differs: some file systems do not tell them apart. */
function sameNames(repeatables: readonly SqlMigration[]): readonly DunlinError[] {
  const first = new Map<string, SqlMigration>();
  return repeatables.flatMap((migration) => {
    const other = first.get(nameKey(migration.name));
    if (other === undefined) first.set(nameKey(migration.name), migration);
    if (other === undefined) return [];
    const facts = {
      file: migration.file,
      fact: `has the name of ${other.file}, and it is by the name that Dunlin knows whether it has changed`,
      way: 'Rename one of them, or put both into one file.',
    };
    return [dunlinError('REPEATABLE_INVALID', facts, { migration })];
  });
}

function ignoredFile(file: string, { reason, mayBeMigration }: Omit<IgnoredFile, 'file'>): IgnoredFile {
  return { file, reason, mayBeMigration };
}

function make(
  kind: 'sql' | 'code',
  identity: Identity,
  entry: SourceEntry,
  host: Host,
): Migration | { readonly problem: DunlinError } {
  const { content, load, module } = entry;
  const wrong = (fact: string, way: string): { problem: DunlinError } => ({
    problem: dunlinError('SOURCE_VALUE_INVALID', { file: entry.path, fact, way }, { migration: identity }),
  });
  if (kind === 'sql' && content === undefined) return wrong('is given as code', 'Give the text of the file.');
  if (kind === 'code' && load === undefined) {
    return wrong('is given as text', 'Give the module, or a function that imports it; only SQL can be given as text.');
  }
  const decoded = content === undefined ? undefined : decode(content);
  if (decoded?.text === undefined && decoded !== undefined) {
    return { problem: notUtf8(identity, content as Uint8Array, decoded.before, decoded.offset) };
  }
  if (load === undefined) {
    const { text } = decoded as { readonly text: string };
    const squash = entry.origin === undefined && isSquash(text) ? readSquash(text, identity) : undefined;
    return isDunlinError(squash) ? { problem: squash } : new SqlFile(identity, text, host, entry.origin, squash);
  }
  return new CodeFile(identity, { text: decoded?.text, module, load }, host, entry.origin);
}

/** The text of a file without its byte order mark. Errors: `NOT_UTF8`, and those of reading it. */
export function readText({ name, path, content }: FormatFile): string {
  const bytes = content();
  const decoded = decode(bytes);
  if (decoded.text !== undefined) return decoded.text;
  throw notUtf8({ version: undefined, name, file: path }, bytes as Uint8Array, decoded.before, decoded.offset);
}

function notUtf8(
  { version, name, file }: Pick<Identity, 'name' | 'file'> & { readonly version: number | undefined },
  bytes: Uint8Array,
  before: string,
  offset: number,
): DunlinError {
  const byte = bytes[offset]!.toString(16).toUpperCase().padStart(2, '0');
  const origin = version === undefined ? { file } : { file, migration: { version, name } };
  const { at, details } = locate(origin, before, before.length);
  return dunlinError('NOT_UTF8', { at, found: `the byte 0x${byte}`, guess: guessEncoding(bytes) }, details);
}
