import { dunlinError, isDunlinError, type DunlinError } from '../../errors/index.ts';
import {
  maxVersion,
  parseFileName,
  repeatableVersion,
  unfilledLine,
  type FormatFile,
  type FormatInfo,
  type FormatMigration,
  type FormatName,
  type SourceContents,
  type SourceEntry,
} from '../../migration/index.ts';
import { codeFormats } from './code.ts';
import { drizzle } from './drizzle.ts';
import { diesel, prisma } from './directories.ts';
import { flyway, refinery } from './flyway.ts';
import { byNumber, Folder, type Draft, type DraftFile, type Format, type FormatSettings } from './format.ts';
import { markedFormats } from './marked.ts';
import { mautrix } from './mautrix.ts';
import { golangMigrate, maragudk, popx, sqlx } from './pairs.ts';
import { d1, plain, sections, semver } from './plain.ts';
import { sqitch } from './sqitch.ts';

/** In the order in which a folder is recognised: what only one tool has comes first. */
const formats: readonly Format[] = [
  drizzle,
  prisma,
  diesel,
  sqitch,
  refinery,
  flyway,
  popx,
  maragudk,
  golangMigrate,
  mautrix,
  semver,
  ...markedFormats,
  ...codeFormats,
  plain,
  sqlx,
  d1,
  sections,
];

/** What the option `format` may be. */
export const formatNames: readonly FormatName[] = ['dunlin', ...formats.map(({ name }) => name)];

/** How a folder is to be read. */
export interface FormatOptions extends FormatSettings {
  /** Default: as it is recognised. */
  readonly format?: FormatName | undefined;
}

/**
 * Reads a folder in the format that the options name, or that its files show; undefined for Dunlin's own. `source` is the
 * folder's path for messages.
 */
export function readFormat(
  source: string,
  files: readonly FormatFile[],
  { format: given, ...settings }: FormatOptions,
): SourceContents | undefined {
  if (given === 'dunlin') return undefined;
  const found = given === undefined ? recognise(files) : { format: byName(given), because: undefined };
  if (found === undefined) return undefined;
  const { format, because } = found;
  const folder = new Folder(source, files, format);
  if (because === undefined) reportWrongFormat(folder, format);
  format.read(folder, settings);
  // Files in the usual form of no tool may have one number only if the user says that they do.
  if (format.keyedBy === 'version' || (format === plain && given === undefined)) reportDuplicates(folder, format.name);
  const { migrations, repeatables } = folder.contents();
  if (because !== undefined && !certain.test(because) && isOwn(folder, migrations)) return undefined;
  if (migrations.length > 0) {
    if (because === undefined) ignoreOtherTools(folder, format, settings);
    else reportSecondTool(folder, format);
  }
  const { numbers, versions } = numberMigrations(migrations);
  const info: FormatInfo = {
    name: format.name,
    title: format.title,
    because,
    addCommand: format.draft === undefined ? format.addCommand?.('<name>') : 'dunlin create <name>',
    numbers,
  };
  const entries: SourceEntry[] = [];
  const unreadable: DunlinError[] = [];
  const add = (origin: FormatMigration, version: number): void => {
    try {
      entries.push(entryOf(origin, version));
    } catch (error) {
      if (!isDunlinError(error)) throw error;
      unreadable.push(error);
    }
  };
  migrations.forEach((origin, i) => add(origin, versions[i]!));
  for (const origin of repeatables) add(origin, repeatableVersion);
  const { ignored, problems } = folder.contents();
  return { entries, others: [], ignored, problems: [...problems, ...unreadable], format: info };
}

/**
 * The files of a new migration in a format. Errors: `FORMAT_FOLDER`.
 *
 * @param newest the migrations that are there.
 */
export function draftMigration(
  source: string,
  name: FormatName,
  newest: FormatMigration | undefined,
  { ending, ...draft }: Omit<Draft, 'separator'> & { readonly ending: string },
): readonly DraftFile[] {
  const format = byName(name);
  const refuse = (fact: string, way: string): never => {
    throw dunlinError('FORMAT_FOLDER', { source, tool: format.title, fact, way });
  };
  if (format.draft === undefined) {
    const command = format.addCommand?.(draft.name);
    return refuse(
      'Dunlin cannot write its migrations',
      `${format.title} writes them${command === undefined ? '' : `: \`${command}\``}. \`dunlin up\` then applies what it wrote.`,
    );
  }
  if (ending !== 'sql')
    return refuse(
      `Dunlin writes only SQL there, and this is to be .${ending}`,
      `Leave out \`--format ${ending}\`: \`dunlin create ${draft.name}\`.`,
    );
  const separator = /^\d+([_-])/.exec(newest?.id ?? '')?.[1] ?? '_';
  // The words of a name are joined as the version is: `006-add-members` beside `001-authors`.
  const hasHyphens = /^\d+-(?=\D)[^_]*$/.test(newest?.id ?? '');
  const words = hasHyphens ? draft.name.replaceAll('_', '-') : draft.name;
  return format.draft({ ...draft, name: words, up: draft.up === '' ? unfilledLine : draft.up, separator });
}

/** Whether the versions of a format are times, also where there is none yet. */
export function hasStamps(name: FormatName): boolean {
  return byName(name).stamps === true;
}

function recognise(
  files: readonly FormatFile[],
  among: readonly Format[] = formats,
): { readonly format: Format; readonly because: string } | undefined {
  for (const format of among) {
    const because = format.recognise(files);
    if (because !== undefined) return { format, because };
  }
  return undefined;
}

/** Reports a sign of another tool in a folder that has none of the format that was given. */
function reportWrongFormat(folder: Folder, given: Format): void {
  if (given.recognise(folder.files) !== undefined) return;
  const other = recognise(folder.files);
  if (other === undefined || !(certain.test(other.because) || toolMarker.test(other.because))) return;
  const { title, name } = other.format;
  folder.report(
    `${other.because} shows that its files are those of ${title}`,
    `Say so in the configuration: \`format: '${name}'\`.`,
  );
}

/** A marker with the name of its tool. */
const toolMarker = /^"-- (?:\+\w+ Up|migrate:up|rambler up)"/;

/** Files that only one tool has. */
const certain = /(?:^|\/)(?:_journal\.json|snapshot\.json|migration_lock\.toml|sqitch\.plan)$/;

/**
 * Whether a folder is Dunlin's all the same: most of its files are named as Dunlin's own, and the recognised tool reads
 * none of them.
 */
function isOwn({ unused }: Folder, migrations: readonly FormatMigration[]): boolean {
  const own = unused.filter((file) => 'version' in parseFileName(file.name));
  return own.length > 0 && own.length >= migrations.length;
}

/** The tools whose migrations nothing else is named like. */
const distinct: readonly Format[] = [drizzle, prisma, diesel, sqitch, flyway];

/** Refuses a folder that has migrations of two tools: those of one would be left out. */
function reportSecondTool(folder: Folder, format: Format): void {
  const found = recognise(
    folder.unused,
    distinct.filter((one) => one !== format),
  );
  if (found === undefined) return;
  const { format: other, because } = found;
  folder.report(
    `${because} is of ${other.title}`,
    `Give a directory with the migrations of one tool, or say whose are to run: \`format: '${format.name}'\` or \`format: '${other.name}'\`.`,
  );
}

/** Where the user says whose migrations run, those of another tool are left out, and that is said. */
function ignoreOtherTools(folder: Folder, format: Format, settings: FormatSettings): void {
  for (const other of distinct) {
    if (other === format || other.recognise(folder.unused) === undefined) continue;
    const theirs = new Folder(folder.source, folder.unused, other);
    other.read(theirs, settings);
    for (const { files } of theirs.contents().migrations)
      for (const file of files)
        folder.ignore(file, `of ${other.title}, and \`format\` is that of ${format.title}`, true);
  }
}

function byName(name: FormatName): Format {
  return formats.find((format) => format.name === name)!;
}

function entryOf(origin: FormatMigration, version: number): SourceEntry {
  const [file] = origin.files;
  const entry = { name: origin.id, path: file.path, content: file.content(), origin, version };
  return origin.load === undefined ? entry : { ...entry, load: origin.load };
}

/** The formats that take files with one number in the order of their names, by the format that a folder may look like. */
const ordered: Readonly<Partial<Record<FormatName, FormatName>>> = {
  'golang-migrate': 'maragudk',
  plain: 'plain',
  sqlx: 'plain',
};

function reportDuplicates(folder: Folder, name: FormatName): void {
  const { migrations } = folder.contents();
  migrations.forEach(({ number, files: [file] }, i) => {
    const before = migrations[i - 1];
    if (number === undefined || before?.number === undefined || byNumber(before.number, number) !== 0) return;
    const other = ordered[name];
    const way = 'Give the one that no database has applied yet another version.';
    folder.report(
      `${before.files[0].name} and ${file.name} have the same version`,
      other === undefined
        ? way
        : `${way} If both are to run, in the order of their names, say so: \`format: '${other}'\`.`,
    );
  });
}

/**
 * The versions of migrations in their order: the tool's own if they are whole numbers of at most 15 digits in ascending
 * order, else the positions.
 */
function numberMigrations(
  migrations: readonly FormatMigration[],
): Pick<FormatInfo, 'numbers'> & { readonly versions: readonly number[] } {
  const own = migrations.map(({ number }) => (number !== undefined && /^\d+$/.test(number) ? Number(number) : 0));
  const isFit = own.every((version, i) => version > (own[i - 1] ?? 0) && version <= maxVersion);
  return isFit
    ? { numbers: 'versions', versions: own }
    : { numbers: 'positions', versions: migrations.map((_, i) => i + 1) };
}
