import { ended, size } from '../text.ts';

/** Errors of `rehearse`, besides those of the run on the copy. */
export const rehearsalTexts = {
  REHEARSAL_LOSES: {
    meaning:
      'The migrations ran on a copy of the database, and afterwards rows or values were gone that no statement and no declaration names: by a foreign key action, a trigger, or an expression. `up` would not notice it.',
    message: (f: { database: string; lines: readonly string[] }): string =>
      `The pending migrations lose what nothing in them names: ${ended(f.lines.join('; '))}`,
    hint: (f: { database: string; names: readonly string[] }): string => {
      const unchanged = `Nothing was changed: this was a copy of ${f.database}. \`dunlin up\` would do the same.`;
      return f.names.length === 0
        ? `${unchanged} Correct the migrations.`
        : `${unchanged} If it is intended, declare it at the top of the migration: \`-- dunlin: destructive ${f.names.join(', ')}\`.`;
    },
  },
  REHEARSAL_NO_ROOM: {
    meaning:
      'A rehearsal makes two copies of the database, one to migrate and one to compare it with. The folder for them has less room than that.',
    message: (f: { database: string; folder: string; needed: number; free: number }): string =>
      `A rehearsal of ${f.database} needs ${size(f.needed)} in ${f.folder}, twice the database, and ${size(f.free)} are free.`,
    hint: (): string =>
      'Nothing was copied, and nothing was changed. Make room, or name a folder on another disk: `dunlin rehearse --in /var/tmp` (`folder`).',
  },
  REHEARSAL_KEEP_EXISTS: {
    meaning: 'The migrated copy was to be kept in a file that is there already. A rehearsal overwrites nothing.',
    message: (f: { file: string }): string => `${f.file} exists already, and a copy is not written over it.`,
    hint: (): string => 'Nothing was copied, and nothing was changed. Choose another name for `--keep` (`keep`).',
  },
  REHEARSAL_KEEP_UNUSABLE: {
    meaning:
      'The migrated copy cannot be kept in that file: its folder is missing, or its name belongs to another database.',
    message: (f: { file: string; reason: string }): string => `The copy cannot be kept in ${f.file}: ${f.reason}.`,
    hint: (): string => 'Nothing was copied, and nothing was changed. Choose another file for `--keep` (`keep`).',
  },
};
