import { ended } from '../text.ts';

/** Texts about the files that dumps and reports are written to. */
export const dumpTexts = {
  DUMP_MISPLACED: {
    meaning:
      'The file for a dump is a database, a migration or something that is not a file. No option allows overwriting those.',
    message: (f: { file: string; what: string }): string => `${f.file} is ${f.what}; a dump is not written over it.`,
    hint: (): string => 'Nothing was changed. Choose another name: `--output schema.sql`.',
  },
  DUMP_NOT_WRITTEN: {
    meaning:
      'The operating system did not let a dump be written. A run that keeps one has migrated the database before that.',
    message: (f: { file: string; reason: string }): string => `${f.file} cannot be written: ${ended(f.reason)}`,
    hint: (f: { file: string; done: boolean }): string =>
      `${f.done ? 'The database is as the run left it; only the dump is not current.' : 'Nothing was changed.'} Check that the folder is there, that the user who runs this may write to it and that the disk has room; \`dunlin dump --output ${f.file}\` writes it again.`,
  },
  REPORT_MISPLACED: {
    meaning:
      '`check --report` names a file that is there and is not an earlier report of `dunlin check`. Only a report is overwritten, and an empty file.',
    message: (f: { file: string; what: string }): string => `${f.file} is ${f.what}; a report is not written over it.`,
    hint: (): string =>
      'Nothing was changed. Choose another name: `--report check.html`; or delete the file if nobody needs it.',
  },
  REPORT_NOT_WRITTEN: {
    meaning: 'The operating system did not let `check --report` write a report.',
    message: (f: { file: string; reason: string }): string =>
      `The report ${f.file} cannot be written: ${ended(f.reason)}`,
    hint: (): string =>
      'Nothing was changed. Check that the user who runs this may write there and that the disk has room, or choose another file with `--report`.',
  },
};
