import { plural } from '../text.ts';
import { typed } from '../typed.ts';

/** Texts about squashes: files that make a new database in place of a part of the history. */
export const squashTexts = {
  SQUASH_INVALID: {
    meaning:
      'The first lines of a squash are not as `squash` writes them: the checksum of its statements, then each migration that it replaces with its checksum.',
    message: (f: { file: string; line: number; fact: string }): string =>
      `${f.file} is a squash by its first line, and line ${f.line} ${f.fact}.`,
    hint: (f: { file: string; version: number }): string =>
      `Nothing was changed. Bring the file back as it was: \`git checkout -- ${typed(f.file)}\`. As long as the files are there that it replaces, it can be made again: \`rm ${typed(f.file)}\`, then \`dunlin squash --to ${f.version}\`.`,
  },
  SQUASH_CHANGED: {
    meaning:
      'A squash was proven to make what the migrations make that it replaces. Since then it was edited, or one of those files was, or another file was added among them. New databases would no longer be as the others are.',
    message: (f: { squash: string; version: number; changed: SquashChange }): string => {
      const { changed } = f;
      if (changed.kind === 'squash')
        return `${f.squash} was edited: its statements do not have the checksum in its first line.`;
      return changed.kind === 'edited'
        ? `${changed.file} was edited since ${f.squash} was made: its checksum is not the one there.`
        : `${changed.file} is not among the migrations that ${f.squash} replaces, and comes before their last one, ${f.version}: new databases would not get it.`;
    },
    hint: (f: { squash: string; version: number; changed: SquashChange }): string => {
      const again = `\`rm ${typed(f.squash)}\`, then \`dunlin squash --to ${f.version}\``;
      if (f.changed.kind === 'squash')
        return `Nothing was changed. Bring the file back as it was: \`git checkout -- ${typed(f.squash)}\`. As long as the files are there that it replaces, it can be made again: ${again}.`;
      if (f.changed.kind === 'edited')
        return `Nothing was changed. Bring ${f.changed.file} back as it was: \`git checkout -- ${typed(f.changed.file)}\`. If no database has applied it, make the squash again: ${again}.`;
      return `Nothing was changed. Give it the next number: \`dunlin renumber ${typed(f.changed.file)}\`; or make the squash again with it: ${again}.`;
    },
  },
  SQUASH_FILES_GONE: {
    meaning:
      'A database has some of the migrations that a squash replaces, or would have after a rollback, and the files of the others are gone. A squash makes new databases only; one in between needs those files.',
    message: (f: { database: string; squash: string; files: readonly string[]; rollback: boolean }): string =>
      f.rollback
        ? `${f.database} could not go up again after this rollback: ${f.squash} replaces ${plural(f.files.length, 'migration')} of it, and ${f.files.length === 1 ? 'its file is' : 'their files are'} gone: ${listed(f.files)}.`
        : `${f.database} needs ${plural(f.files.length, 'migration')} of those that ${f.squash} replaces, and ${f.files.length === 1 ? 'its file is' : 'their files are'} gone: ${listed(f.files)}.`,
    hint: (f: { files: readonly string[]; rollback: boolean }): string =>
      `Nothing was changed. Bring back ${f.files.length === 1 ? 'the file' : 'the files'}, or ${f.rollback ? 'roll back' : 'migrate this database'} with a release that has ${f.files.length === 1 ? 'it' : 'them'}. \`git log --diff-filter=D --name-only -- ${typed(`*${f.files[0]!}`)}\` shows the commit that deleted ${f.files.length === 1 ? 'it' : 'the first'}.`,
  },
  SQUASH_REFUSED: {
    meaning:
      'There can be no squash of these migrations: it would not make the same database again, or there is nothing that it could replace.',
    message: (f: { to: number; reason: string }): string =>
      `The migrations up to ${f.to} cannot be squashed: ${f.reason}.`,
    hint: (f: { way: string }): string => `Nothing was written. ${f.way}`,
  },
  RENUMBER_SQUASHED: {
    meaning:
      'The file to renumber is a squash, which has the number of the last migration that it replaces, or one that a squash replaces. Under a new number it would run once more in every new database.',
    message: (f: { file: string; squash: string }): string =>
      f.file === f.squash
        ? `${f.file} keeps its number: it is a squash, and that is the number of the last migration that it replaces.`
        : `${f.file} keeps its number: ${f.squash} replaces it under that number.`,
    hint: (f: { squash: string; version: number }): string =>
      `Nothing was changed. If no database has applied it, delete the squash first, and make it again afterwards: \`rm ${typed(f.squash)}\`, \`dunlin squash --to ${f.version}\`.`,
  },
  SQUASH_DIFFERS: {
    meaning:
      'The migrations that a squash replaces were run in one empty database and the squash in another one, and the two differ. New databases would not be as the others are.',
    message: (f: { squash: string; version: number; differences: readonly string[] }): string =>
      `${f.squash} does not make what the migrations up to ${f.version} make: ${f.differences.join('; ')}.`,
    hint: (f: { squash: string; version: number }): string =>
      `Nothing was changed. Make it again: \`rm ${typed(f.squash)}\`, then \`dunlin squash --to ${f.version}\`.`,
  },
};

/** What was changed since a squash was made: itself, or a file of its versions. */
export type SquashChange = { readonly kind: 'squash' } | { readonly kind: 'edited' | 'added'; readonly file: string };

function listed(files: readonly string[]): string {
  const more = files.length - 3;
  return `${files.slice(0, 3).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
