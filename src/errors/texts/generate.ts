import { typed } from '../typed.ts';

/** A table, or a column of it, and what it may be called now. */
interface UndecidedName {
  /** `users.name`, as SQL spells it. */
  readonly name: string;
  /** What it may be called now, without the table. */
  readonly candidates: readonly string[];
}

/** Texts about migrations that are generated from two schemas. */
export const generateTexts = {
  GENERATE_UNDECIDED: {
    meaning:
      'Something is gone from the wanted schema, and something of its kind is new: it was renamed, or dropped with what it holds. Two schemas do not tell which.',
    message: (f: { undecided: readonly UndecidedName[]; command: string }): string =>
      f.undecided
        .map(
          ({ name, candidates }) =>
            `${name} is gone, and ${candidates.join(', ')} ${candidates.length === 1 ? 'is' : 'are'} new: renamed, or dropped?`,
        )
        .join(' '),
    hint: (f: { undecided: readonly UndecidedName[]; command: string }): string => {
      const { name, candidates } = f.undecided[0]!;
      return `Nothing was written. Renamed, its values stay: \`${f.command} --rename ${typed(`${name}=${candidates[0]}`)}\`. Dropped: \`${f.command} --no-rename ${typed(name)}\`.`;
    },
  },
  GENERATE_RENAME_UNKNOWN: {
    meaning: 'A rename names a table or column that is not in the schema of the migrations, or not in the wanted one.',
    message: (f: { rename: string; fact: string }): string => `The rename ${f.rename} is not possible: ${f.fact}.`,
    hint: (): string =>
      `Nothing was written. A rename is \`--rename old=new\` for a table and \`--rename table.old=new\` for a column, with the table as it is called before.`,
  },
  GENERATE_VIRTUAL: {
    meaning:
      'A virtual table, such as one for full-text search, differs. Only its module knows how its content is kept, so it is made and filled anew by hand.',
    message: (f: { table: string; before: string; after: string }): string =>
      `${f.table} is a virtual table that differs: now ${f.before}, wanted ${f.after}.`,
    hint: (f: { table: string; after: string }): string =>
      `Nothing was written. Write that migration by hand, such as with \`dunlin create ${typed(`anew_${f.table}`)}\`: \`DROP TABLE ${f.table}\`, the CREATE VIRTUAL TABLE of the wanted schema, and what fills it; then generate the rest.`,
  },
  GENERATE_FAILED: {
    meaning:
      'The statements that were written do not make the wanted schema in a scratch database: an object of it does not fit the others.',
    message: (f: { lines: readonly string[] }): string =>
      `The migration could not be generated: ${f.lines.join('; ')}.`,
    hint: (): string =>
      'Nothing was written. Look whether the wanted schema works by itself, with rows: views and triggers that name what it no longer has. Else write that part by hand: `dunlin create by_hand`.',
  },
  GENERATE_UNPROVEN: {
    meaning:
      'The generated migration ran on a scratch database with sample rows, and did not do what it should: another schema in the end, other rows after its DOWN part, or a failure.',
    message: (f: { where: string; lines: readonly string[] }): string =>
      `The generated migration failed its proof on ${f.where}: ${f.lines.map((line) => line.replace(/\.$/, '')).join('; ')}.`,
    hint: (f: { command: string }): string =>
      `Nothing was written. \`${f.command} --dry-run --unproven\` prints it all the same, as a start for one by hand.`,
  },
};
