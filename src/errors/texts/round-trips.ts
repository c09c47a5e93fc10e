import { ended } from '../text.ts';

interface RoundParams {
  /** The migration: `007_tidy`. */
  readonly id: string;
  /** What it ran on: "a scratch database with sample rows", "a copy of app.db". */
  readonly where: string;
}

interface FailureParams extends RoundParams {
  readonly reason: string;
  /** What the failure's own hint says to do, without what became of the data. */
  readonly advice: string;
  /** SQLite says that there is no such table, function and so on: something else may make it. */
  readonly lacks?: boolean;
}

interface UntriedParams {
  /** The first and the last migration; one alone has no last, and where all had run there is neither. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** "with sample rows", "on a copy of app.db" */
  readonly how: string;
  readonly reason: string;
}

interface RowParams extends FailureParams {
  readonly version: number;
  /** Rows that were in the tables it works on: "orders (id 1, state 'open')". */
  readonly rows: readonly string[];
}

interface RequiredParams extends RoundParams {
  readonly version: number;
  /** `users.email` */
  readonly column: string;
}

interface LeftOutParams extends RoundParams {
  /** "rebuilds users without: UNIQUE (email)" */
  readonly line: string;
}

interface InvalidParams {
  /** The database, or what was made from the migrations. */
  readonly where: string;
  readonly lines: readonly string[];
}

interface DifferenceParams extends RoundParams {
  readonly lines: readonly string[];
}

function untouched(f: RoundParams): string {
  return `Nothing was changed: it ran on ${f.where}, which was deleted.`;
}

function advised(f: FailureParams): string {
  return f.advice === '' ? '' : ` ${f.advice}`;
}

/** Texts about what `check` finds by running migrations where it does no harm. */
export const roundTexts = {
  FAILS_ON_EMPTY: {
    meaning:
      '`check` applied the migrations to a new database, and this one failed. What comes after it could not be tried. If something other than migrations makes what it needs, `check` a database that has it, or use `--quick`.',
    message: (f: FailureParams): string => `${f.id} cannot be applied to a new database: ${ended(f.reason)}`,
    hint: (f: FailureParams): string => {
      const lacks =
        f.lacks === true
          ? ' If something other than migrations makes what it needs, check a database that has it, or add `--quick`.'
          : '';
      return `${untouched(f)}${lacks}${advised(f)}`;
    },
  },
  NOT_TRIED: {
    meaning:
      '`check` could not run these migrations on a scratch database, so it is not known whether they work: one of them needs a function, a module or a collation that is not registered here, or the scratch database itself failed. The exit code is 3.',
    message: (f: UntriedParams): string => {
      const what = f.last === undefined ? `${f.first ?? 'The result'} was` : `${f.first} to ${f.last} were`;
      return `${what} not tried ${f.how}: ${ended(f.reason)}`;
    },
    hint: (): string =>
      'Nothing was changed. Register what is missing with `extensions` or `prepare` in the configuration; `dunlin check --quick` runs nothing.',
  },
  FAILS_ON_ROWS: {
    meaning:
      'The migration can be applied to a new database, and fails on one that is in use, here with sample rows. For what the guards find, and for a NOT NULL column without a default, it is certain to fail on real rows as well: the exit code is 3. Where the sample values may be at fault (a new CHECK, a text taken apart) it is a warning.',
    message: (f: RowParams): string =>
      `${f.id} passes on a new database and fails on one that has rows: ${ended(f.reason)}`,
    hint: (f: RowParams): string => {
      const rows = f.rows.length === 0 ? '' : ` In the tables were rows such as ${f.rows.join('; ')}.`;
      return `${untouched(f)}${rows} \`dunlin try ${f.version}\` runs it on a copy of real data; \`dunlin check --quick\` inserts no sample rows.${advised(f)}`;
    },
  },
  FAILS_ON_DATA: {
    meaning: '`check --with-data` ran a pending migration on a copy of the database, and it failed: so would `up`.',
    message: (f: FailureParams): string => `${f.id} fails on ${f.where}: ${ended(f.reason)}`,
    hint: (f: FailureParams): string => `${untouched(f)}${advised(f)}`,
  },
  DOWN_FAILS: {
    meaning: 'The migration can be applied, and its DOWN part fails right after it.',
    message: (f: FailureParams): string => `${f.id} cannot be rolled back: ${ended(f.reason)}`,
    hint: (f: FailureParams): string =>
      `${untouched(f)} Correct its DOWN part, or leave it out: then \`down\` refuses beforehand.${advised(f)}`,
  },
  DOWN_DIFFERS: {
    meaning:
      'After up and down, the schema or the rows are not what they were before. Rows that the migration says it deletes or overwrites, and what it declares as lost, are not compared.',
    message: (f: DifferenceParams): string =>
      `Rolling back ${f.id} does not restore what was there before: ${f.lines.join('; ')}.`,
    hint: (f: DifferenceParams): string =>
      `${untouched(f)} Let the DOWN part undo all of UP (a column that has to be as it was before may need a rebuild), or leave it out: then \`down\` refuses beforehand. Rows and values that cannot come back can be declared with \`-- dunlin: destructive\`; a schema that differs cannot.`,
  },
  UP_AGAIN_FAILS: {
    meaning:
      'Applied, rolled back and applied again, the migration fails the second time: the DOWN part left something behind.',
    message: (f: FailureParams): string => `${f.id} cannot be applied again after its DOWN part: ${ended(f.reason)}`,
    hint: (f: FailureParams): string =>
      `${untouched(f)} Most often the DOWN part leaves rows behind that UP inserts.${advised(f)}`,
  },
  CONSTRAINTS_LEFT_OUT: {
    meaning:
      'A migration rebuilds a table by hand, and the new table lacks constraints of the old one whose columns are still there. It is a warning, because it may be intended.',
    message: (f: LeftOutParams): string => `${f.id} ${f.line}.`,
    hint: (f: LeftOutParams): string =>
      `${untouched(f)} If that is not intended, add what is missing to the CREATE TABLE; if the migration is applied already, write a new one. \`dunlin create --rebuild <table>\` writes a rebuild that keeps everything.`,
  },
  BECOMES_NOT_NULL: {
    meaning:
      'A pending migration makes a column NOT NULL and keeps its values, most often by a rebuild. The sample rows have values in it; rows in which it is NULL make the migration fail. It is a warning, because there may be none.',
    message: (f: RequiredParams): string => `${f.column} becomes NOT NULL: rows in which it is NULL make ${f.id} fail.`,
    hint: (f: RequiredParams): string =>
      `${untouched(f)} If there may be such rows, replace NULL in the copy (\`coalesce(...)\`), or by an UPDATE before it. \`dunlin try ${f.version}\` runs it on a copy of real data.`,
  },
  OBJECTS_INVALID: {
    meaning:
      '`check` compiled every view and trigger, and looked up the columns that foreign keys name, in the database and in one made from the migrations. SQLite accepts these objects in a schema, and fails when they are used: most often a name is misspelt. What needs a function, module or collation that the application registers is left out.',
    message: (f: InvalidParams): string => `${f.where} has objects that cannot work: ${f.lines.join('; ')}.`,
    hint: (): string =>
      'Nothing was changed. Correct the file if it is pending; otherwise write a migration that makes what is missing, or that makes the object again. If another program makes what is missing, check a database that has it.',
  },
  UP_AGAIN_DIFFERS: {
    meaning: 'Applied, rolled back and applied again, the migration has another result than the first time.',
    message: (f: DifferenceParams): string =>
      `${f.id} has another result when it is applied again: ${f.lines.join('; ')}.`,
    hint: (f: DifferenceParams): string => `${untouched(f)} Let the DOWN part undo all of UP.`,
  },
} as const;
