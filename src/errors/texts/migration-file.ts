import { count, ended, plural } from '../text.ts';
import { typed } from '../typed.ts';

/** Which of several files with one version a database or a branch has. */
interface HolderParams {
  readonly name: string;
  readonly isDatabase: boolean;
  readonly file: string | undefined;
  readonly other?: string | undefined;
}

/** A file that does what another one with its version does; `part` is what they have in common. */
interface CopyParams {
  readonly file: string;
  readonly of: string;
  readonly part: 'all' | 'up';
}

/** Definitions, and modules given by name, are not files. */
function isFile(path: string): boolean {
  return /\.\w+$/.test(path);
}

/** Texts about the files that migrations are kept in: directory, names, versions, encoding. */
export const migrationFileTexts = {
  SEVERAL_PROBLEMS: {
    meaning:
      'More than one thing is wrong. The error lists all of them, so that they can be corrected together; `problems` holds each as an error of its own, with its code and hint.',
    message: (f: { where: string; messages: readonly string[] }): string =>
      `${plural(f.messages.length, 'problem')} in ${f.where}:\n${f.messages.map((message) => `- ${message}`).join('\n')}`,
    hint: (): string => 'Nothing was changed. Correct them all, then run again.',
  },
  DIRECTORY_NOT_FOUND: {
    meaning: 'The directory that the migrations should be in does not exist.',
    message: (f: { directory: string; absolute: string }): string =>
      f.directory === f.absolute
        ? `There is no directory ${f.directory} to read migrations from.`
        : `There is no directory ${f.directory} to read migrations from (looked for ${f.absolute}).`,
    hint: (): string =>
      'Nothing was changed. Create it with `dunlin create <name>`, or name the right one with --migrations, MIGRATIONS_DIR or the `migrations` option. In a bundled application pass a record of file names and texts instead of a directory.',
  },
  DIRECTORY_NOT_A_DIRECTORY: {
    meaning: 'The path given for the migrations is that of a file, or leads through one.',
    message: (f: { directory: string }): string => `${f.directory} is not a directory, but a file or in one.`,
    hint: (): string => 'Nothing was changed. Give the directory that holds the migrations.',
  },
  FILE_UNREADABLE: {
    meaning:
      'The operating system did not let a migration, the directory of the migrations, or an SQL file with a schema be read.',
    message: (f: { path: string; reason: string }): string => `${f.path} cannot be read: ${ended(f.reason)}`,
    hint: (): string =>
      'Nothing was changed. Check the path, and that the user who runs this may read the file and the directories above it; if it is a link, that it leads somewhere.',
  },
  FILE_NOT_REGULAR: {
    meaning:
      'What has the name of a migration is no file that can be read to its end: a named pipe, a socket or a device. A link to a file is fine.',
    message: (f: { path: string; kind: string }): string => `${f.path} is ${f.kind}, not a file.`,
    hint: (): string => 'Nothing was changed. Move it out of the directory, and put the right file there.',
  },
  FILE_NAME_INVALID: {
    meaning:
      'A file begins with digits and ends like a migration, but is not named `<version>_<name>`. It could be intended as a migration, so it is not silently ignored. A name may hold letters, digits, `_`, `-` and `.`.',
    message: (f: { file: string; fact: string }): string => `${f.file} is not named <version>_<name>: ${f.fact}.`,
    hint: (f: { suggestion: string | undefined }): string =>
      f.suggestion === undefined
        ? 'Nothing was changed. Rename it, such as 001_create_users.sql, or move it out of the directory.'
        : `Nothing was changed. Rename it to ${f.suggestion}, or move it out of the directory.`,
  },
  FILE_NAME_EMPTY: {
    meaning: 'A migration has a version, but no name behind it.',
    message: (f: { file: string }): string => `${f.file} has a version, but no name.`,
    hint: (f: { suggestion: string }): string => `Nothing was changed. Add what it does to the name: ${f.suggestion}.`,
  },
  VERSION_TOO_LONG: {
    meaning:
      'A version has more than 15 digits. Longer numbers are not exact in JavaScript, so two of them could seem equal.',
    message: (f: { file: string; digits: number }): string =>
      `${f.file} has a version of ${count(f.digits)} digits; at most 15 are allowed.`,
    hint: (): string =>
      'Nothing was changed. Use a number such as 001, or the time to the second: 20261121093000. For a longer time stamp drop the last digits.',
  },
  VERSION_ZERO: {
    meaning: 'A migration has the version 0, which is the version of a database without any migration.',
    message: (f: { file: string }): string => `${f.file} has version 0, which means "nothing applied".`,
    hint: (): string => 'Nothing was changed. Begin with 1: rename the file.',
  },
  VERSION_DUPLICATE: {
    meaning:
      'Two migrations have the same version, so their order is not defined: usually two branches added the next number at the same time, which git does not see as a conflict. Zeros in front do not count.',
    message: (f: {
      version: number;
      files: readonly string[];
      holders?: readonly HolderParams[];
      copies?: readonly CopyParams[];
    }): string => {
      const facts = [
        ...(f.holders ?? []).map((holder) => holderFact(holder, f.files.length)),
        ...(f.copies ?? []).map(
          ({ file, of, part }) => `${file} has the same ${part === 'all' ? 'text' : 'UP part'} as ${of}.`,
        ),
      ];
      return `Version ${f.version} is used ${f.files.length === 2 ? 'twice' : `${count(f.files.length)} times`}: ${f.files.slice(0, -1).join(', ')} and ${f.files.at(-1)}.${facts.map((fact) => ` ${fact}`).join('')}`;
    },
    hint: (f: {
      files: readonly string[];
      free: string;
      sameName: boolean;
      holders?: readonly HolderParams[];
      copies?: readonly CopyParams[];
    }): string => {
      const copies = f.copies ?? [];
      const left = f.files.filter((file) => copies.every((copy) => copy.file !== file));
      if (copies.length > 0) {
        const them = copies.length === 1 ? 'the copy' : 'the copies';
        const look = copies.some(({ part }) => part === 'up')
          ? 'See that nothing else in it is wanted, and delete'
          : 'Delete';
        const rest = left.length === 1 ? '' : ` ${left.join(' and ')} still have one number then; run again.`;
        return copies.every(({ file }) => isFile(file))
          ? `Nothing was changed. ${look} ${them}: \`rm ${copies.map(({ file }) => typed(file)).join(' ')}\`.${rest}`
          : `Nothing was changed. ${look} ${them}.${rest}`;
      }
      if (f.sameName)
        return 'Nothing was changed. They have the same name, so one may be the compiled or copied form of the other: keep one of them in the directory.';
      // What a database has applied counts before what a branch has.
      const kept = (f.holders ?? []).find(({ file }) => file !== undefined)?.file;
      const others = f.files.filter((file) => file !== kept);
      const [last] = others.slice(-1);
      if (last === undefined || !isFile(last))
        return `Nothing was changed. Give the one that no database has applied yet another version; ${f.free} is free.`;
      const branch = (f.holders ?? []).find(({ isDatabase }) => !isDatabase)?.name;
      const base = branch === undefined ? '' : ` --base ${typed(branch)}`;
      if (kept === undefined)
        return `Nothing was changed. Give the one that no database has applied yet the next number: \`dunlin renumber ${typed(last)}${base}\` if it is that one; ${f.free} is free.`;
      return `Nothing was changed. Give ${others.length === 1 ? 'the other' : 'the others'} the next number: \`dunlin renumber ${others.map(typed).join(' ')}${base}\`; ${f.free} is free.`;
    },
  },
  NOT_UTF8: {
    meaning: 'A migration is not encoded in UTF-8, so its text could reach the database garbled.',
    message: (f: { at: string; found: string }): string => `${f.at}: the file is not UTF-8, it has ${f.found} here.`,
    hint: (f: { guess: string | undefined }): string =>
      `Nothing was changed. ${f.guess === undefined ? '' : `It looks like ${f.guess}. `}Save it as UTF-8 in your editor.`,
  },
  SOURCE_INVALID: {
    meaning: 'The migrations were given as something that Dunlin cannot read them from.',
    message: (f: { given: string }): string => `Migrations cannot be read from ${f.given}.`,
    hint: (): string =>
      'Nothing was changed. Give a record of file names and texts or modules, an array of definitions, or a source; with `dunlin`, but not `dunlin/core`, also the path of a directory.',
  },
  SOURCE_VALUE_INVALID: {
    meaning:
      'An entry of the given record is not what its name says: text for .sql; a module, a definition or a function that imports one for code.',
    message: (f: { file: string; fact: string }): string => `${f.file} ${f.fact}.`,
    hint: (f: { way: string }): string => `Nothing was changed. ${f.way}`,
  },
  VERSION_TAKEN: {
    meaning:
      'While a new migration was written, somebody else wrote one with the same version. The new file was deleted again.',
    message: (f: { file: string; other: string }): string =>
      `${f.file} was not kept: ${f.other}, with the same version, appeared at the same moment.`,
    hint: (f: { file: string }): string =>
      `Nothing was left behind. \`dunlin create ${/(?<=\d_)[^/\\]+(?=\.\w+$)/.exec(f.file)?.[0] ?? '<name>'}\` takes the next version.`,
  },
  VERSIONS_EXHAUSTED: {
    meaning: 'The newest migration has the highest version that there can be, so no new one can follow it.',
    message: (f: { file: string }): string =>
      `No version can follow that of ${f.file}: it is the highest of 15 digits.`,
    hint: (): string => 'Nothing was changed. Rename that file if no database has applied it.',
  },
  FILE_NOT_WRITTEN: {
    meaning: 'The operating system did not let a migration be written.',
    message: (f: { file: string; reason: string }): string => `${f.file} cannot be written: ${ended(f.reason)}`,
    hint: (): string =>
      'Nothing was changed. Check that the user who runs this may write to the directory, and that the disk has room.',
  },
  MIGRATIONS_UNRECOGNISED: {
    meaning:
      'No file in the directory is named as a migration, but some are named as another tool names them, or have a typo in the name. Continuing would leave the database without its schema.',
    message: (f: { source: string; files: readonly string[]; tool: string | undefined }): string => {
      const [shown, more] = [f.files.slice(0, 3).join(', '), f.files.length - 3];
      const what = f.tool === undefined ? 'is named as a migration' : `is a migration in the format of ${f.tool}`;
      return `Nothing in ${f.source} ${what}, but some files may be intended as one: ${shown}${more > 0 ? ` and ${count(more)} more` : ''}.`;
    },
    hint: (f: { first: string; reason: string; tool: string | undefined; add: string | undefined }): string => {
      const way =
        f.tool === undefined
          ? 'Name each file such as 001_create_users.sql, with its UP and DOWN part in it'
          : `Add a migration with ${f.add === undefined ? f.tool : `\`${f.add}\``} and move the SQL into it`;
      return `Nothing was changed. ${f.first} is ignored: ${f.reason}. ${way}, or give the right directory with --migrations. \`dunlin status\` says why each file is ignored.`;
    },
  },
  EMPTY_MIGRATION: {
    meaning:
      'A pending migration has nothing in its UP part, as `create` leaves it. Once it is recorded as applied, filling it in is an edit of an applied migration. A comment in the UP part says that this is intended.',
    message: (f: { file: string; code: boolean }): string =>
      f.code
        ? `${f.file} is not filled in: its up() does nothing.`
        : `${f.file} is not filled in: its UP part is empty.`,
    hint: (f: { code: boolean }): string =>
      `Nothing was changed. Write what it should do, or delete it. If it should do nothing, say so in a comment in its ${f.code ? 'up()' : 'UP part'}, or run \`dunlin up --allow-empty\` (\`emptyMigrations: 'allow'\`).`,
  },
};

function holderFact({ name, isDatabase, file, other }: HolderParams, files: number): string {
  const has = isDatabase ? 'has applied' : 'has';
  if (file !== undefined) return `${name} ${has} ${file}.`;
  return other === undefined
    ? `${name} ${has} ${files === 2 ? 'neither' : 'none'} of them.`
    : `${name} ${has} another one, ${other}.`;
}
