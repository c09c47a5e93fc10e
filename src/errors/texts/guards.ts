interface StepParams {
  /** The migration: `007_tidy`; of a set `301_create to 303_rename`. */
  readonly id: string;
  readonly direction: 'up' | 'down';
  /** Of a set: the version of one of its migrations. */
  readonly set?: number;
}

interface LossParams extends StepParams {
  /** Whether it is written in code. */
  readonly code: boolean;
  /** One line per loss: "notes: 31,884 rows before, 0 after". */
  readonly lines: readonly string[];
  /** What a declaration would have to name: tables, columns as `table.column`, objects. */
  readonly names: readonly string[];
  /** Columns whose values a new type converts. */
  readonly converted?: readonly string[];
  /** Whether a column was given the values of another one. */
  readonly mixedUp?: boolean;
  /** Tables that an earlier migration filled, and what copies the rows that they lack. */
  readonly earlier?: readonly { readonly table: string; readonly from: string; readonly sql?: string | undefined }[];
}

interface ReferenceParams extends StepParams {
  readonly lines: readonly string[];
  readonly code: boolean;
  readonly deletes: boolean;
  readonly missing: readonly string[];
}

interface IndexParams extends StepParams {
  readonly indexes: readonly { readonly name: string; readonly content: string; readonly statement: string }[];
}

interface DropParams extends StepParams {
  readonly table: string;
  readonly children: readonly string[];
  readonly rebuild?: boolean;
  readonly code: boolean;
  /** The engine cannot turn foreign keys off. */
  readonly alwaysOn: boolean;
}

/** "Migration 007_tidy was rolled back" would be, on the way down, what was asked for. */
function doing(f: StepParams): string {
  return `${f.direction === 'down' ? 'Rolling back' : f.set === undefined ? 'Migration' : 'The set'} ${f.id}`;
}

function undone(f: StepParams): string {
  if (f.direction === 'down') return `The rollback of ${f.id} was undone`;
  return `${f.id} ${f.set === undefined ? 'was' : 'were'} rolled back`;
}

/** Where the parts of one change must be. */
function inSame(f: StepParams): string {
  return f.set === undefined ? 'in the same migration' : 'in the set';
}

/** Files that cannot be edited may correct each other. */
function orTogether(f: StepParams): string {
  if (f.direction === 'down' || f.set !== undefined) return '';
  return ' If a later migration corrects that, they belong together: name the versions of all of them in the option `together`.';
}

function lostMessage(f: LossParams): string {
  return `${doing(f)} would lose data that it does not declare: ${f.lines.join('; ')}.`;
}

function lostHint(f: LossParams): string {
  return `${undone(f)}: nothing is lost. ${earlier(f)}${declare(f)}`;
}

/** An earlier migration may be applied: then it cannot happen together with this one any more. */
function earlier(f: LossParams): string {
  const hints = (f.earlier ?? []).map(({ table, from, sql }) => {
    const what = `${table} was filled by an earlier migration. Correct it before ${from} is dropped`;
    return sql === undefined ? `${what}. ` : `${what}:\n    ${sql}\n`;
  });
  return hints.join('');
}

function declare(f: LossParams): string {
  const names = `[${f.names.map((name) => `'${name.replaceAll("'", "\\'")}'`).join(', ')}]`;
  const [where, line] =
    f.set !== undefined
      ? ['in the options, for any migration of the set', `destructive: { ${f.set}: ${names} },`]
      : f.code
        ? ['in the migration', `destructive: ${names},`]
        : ['at the top of the file', `-- dunlin: destructive ${f.names.map(declarable).join(', ')}`];
  return `If the loss is intended, say so ${where}:\n    ${line}`;
}

/** A name as the `destructive` line takes it: each part in quotes that is no plain word. */
function declarable(name: string): string {
  return name
    .split('.')
    .map((part) => (/^[A-Za-z_]\w*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
    .join('.');
}

function foreignKeysOn(code: boolean): string {
  return code ? 'give the migration `foreignKeys: true`' : 'write `-- dunlin: foreign-keys on` at the top of the file';
}

/** Texts about data and objects that a migration would have lost. */
export const guardTexts = {
  ROWS_LOST: {
    meaning:
      'Rows of a table are gone, and the DELETE and REPLACE statements of the migration account for fewer. A rebuild that copies too little, or a trigger that deletes, are the usual causes.',
    message: (f: LossParams): string => lostMessage(f),
    hint: (f: LossParams): string => lostHint(f),
  },
  TABLE_LOST: {
    meaning: 'A table that existed before the run is gone, and no DROP TABLE of a migration names it.',
    message: (f: LossParams): string => lostMessage(f),
    hint: (f: LossParams): string => lostHint(f),
  },
  COLUMN_LOST: {
    meaning:
      'A column of a rebuilt table was not carried over: no copy takes it, and nothing is computed from it. ALTER TABLE ... DROP COLUMN says it plainly and needs no declaration.',
    message: (f: LossParams): string => lostMessage(f),
    hint: (f: LossParams): string => lostHint(f),
  },
  VALUES_CHANGED: {
    meaning:
      'Every row is there, but a rebuild changed values of a column: it gave the column those of another one (a copy by position, or a column list in another order), or a new type that converts them. NULL that became a value, and a number that became its own text, are no change.',
    message: (f: LossParams): string => lostMessage(f),
    hint: (f: LossParams): string => {
      const { converted = [], mixedUp = converted.length === 0 } = f;
      const ways = [
        mixedUp
          ? ' Name the columns on both sides of the copy, in the same order: INSERT INTO new_table (a, b) SELECT a, b FROM old_table.'
          : '',
        converted.length > 0
          ? ` Keep the type of ${converted.join(', ')}, or say in the SELECT how values are converted, as in CAST(${converted[0]} AS ...).`
          : '',
      ];
      return `${undone(f)}: nothing is lost.${ways.join('')} ${earlier(f)}${declare(f)}`;
    },
  },
  ROWID_ALIAS_LOST: {
    meaning:
      'A column that was INTEGER PRIMARY KEY is an ordinary one after a rebuild. SQLite gives such a column no number of its own any more: the next row that is inserted without an id gets NULL (sqlite.org/lang_createtable.html, section 5).',
    message: (f: LossParams): string => lostMessage(f),
    hint: (f: LossParams): string =>
      `${undone(f)}: nothing is lost. Write INTEGER PRIMARY KEY, in exactly these words, or give the column NOT NULL or a DEFAULT. ${declare(f)}`,
  },
  INDEX_LOST: {
    meaning: 'An index is gone. DROP TABLE silently drops its indexes too: a rebuild has to create them again.',
    message: (f: LossParams): string => lostMessage(f),
    hint: (f: LossParams): string => lostHint(f),
  },
  TRIGGER_LOST: {
    meaning: 'A trigger is gone. DROP TABLE silently drops its triggers too: a rebuild has to create them again.',
    message: (f: LossParams): string => lostMessage(f),
    hint: (f: LossParams): string => lostHint(f),
  },
  VIEW_LOST: {
    meaning: 'A view that existed before the run is gone, and no DROP VIEW of the migration names it.',
    message: (f: LossParams): string => lostMessage(f),
    hint: (f: LossParams): string => lostHint(f),
  },
  SEQUENCE_LOST: {
    meaning:
      'The AUTOINCREMENT sequence of a table was lowered or removed, so ids of deleted rows would be given again. Dunlin corrects a rebuild that only restarts it; this one dropped AUTOINCREMENT, or wrote sqlite_sequence.',
    message: (f: LossParams): string => lostMessage(f),
    hint: (f: LossParams): string => lostHint(f),
  },
  FOREIGN_KEYS_VIOLATED: {
    meaning:
      'Rows refer to rows that do not exist, and did not do so before the migration. This is never allowed, declared or not: the application’s next write could fail.',
    message: (f: ReferenceParams): string => `${doing(f)} leaves broken references: ${f.lines.join('; ')}.`,
    hint: (f: ReferenceParams): string =>
      `${undone(f)}. ${
        f.missing.length > 0
          ? `Create the ${f.missing.length === 1 ? 'table' : 'tables'} ${f.missing.join(', ')} ${inSame(f)} or before it, or correct the name behind REFERENCES.`
          : f.deletes
            ? `Foreign keys are off during a migration, so ON DELETE actions do not fire: delete the children too${f.set === undefined ? `, or ${foreignKeysOn(f.code)}` : ''}.`
            : `Correct the rows ${inSame(f)}.${orTogether(f)}`
      }`,
  },
  OBJECT_BROKEN: {
    meaning:
      'A view or trigger that worked before the migration can no longer be compiled, because something it names is gone or was renamed.',
    message: (f: StepParams & { readonly lines: readonly string[] }): string =>
      `${doing(f)} breaks what worked before: ${f.lines.join('; ')}.`,
    hint: (f: StepParams): string =>
      `${undone(f)}. Drop the view or trigger, or create it again, ${inSame(f)}.${orTogether(f)}`,
  },
  FULL_TEXT_BROKEN: {
    meaning:
      'A full-text table with external content fitted the text that it indexes before the migration and does not after it: a rebuild gave the rows new numbers, or the text was changed without the triggers that keep the index. A search for one word would find another row (sqlite.org/fts5.html, section 4.4.3).',
    message: (f: IndexParams): string =>
      `${doing(f)} leaves full-text indexes that no longer fit: ${f.indexes.map(({ name, content }) => `${name} of ${content}`).join('; ')}.`,
    hint: (f: IndexParams): string =>
      `${undone(f)}. Rebuild the index at the end of the ${f.set === undefined ? 'migration' : 'set'}:\n    ${f.indexes.map(({ statement }) => statement).join('\n    ')}`,
  },
  FOREIGN_KEYS_DROP: {
    meaning:
      'With foreign keys on, SQLite deletes all rows of a table before it drops it, which fires ON DELETE actions in other tables (sqlite.org/foreignkeys.html, section 5).',
    message: (f: DropParams): string =>
      `${doing(f)} ${f.rebuild === true ? 'rebuilds' : 'drops'} ${f.table} with foreign keys on, while ${f.children.join(', ')} ${f.children.length === 1 ? 'refers' : 'refer'} to it: ${f.rebuild === true ? 'when the old table is dropped, rows would be deleted or changed there' : 'that would delete or change rows there'}.`,
    hint: (f: DropParams): string =>
      f.alwaysOn
        ? `${undone(f)}. This engine keeps foreign keys on. Copy the rows of ${f.children.join(', ')} into ${f.children.length === 1 ? 'a table' : 'tables'} without REFERENCES (\`CREATE TABLE ... AS SELECT\`) and drop ${f.children.length === 1 ? 'it' : 'them'} first; after ${f.table} is made again, make and fill ${f.children.length === 1 ? 'it' : 'them'} again.`
        : f.rebuild === true
          ? `${undone(f)}. Remove \`foreignKeys: true\`, or rebuild the table in a migration of its own: every reference is kept, and foreign keys are checked at its end.`
          : `${undone(f)}. Remove ${f.code ? '`foreignKeys: true`' : 'the line `-- dunlin: foreign-keys on`'}, or move the DROP TABLE into a migration of its own.`,
  },
  SCHEMA_CHANGED_UNSEEN: {
    meaning:
      'Before COMMIT the schema was not what the statements of the run should have left: something else changed it meanwhile, on the same connection.',
    message: (f: { lines: readonly string[] }): string =>
      `Objects disappeared during the run that no migration dropped: ${f.lines.join('; ')}.`,
    hint: (): string =>
      'What was not committed is undone: nothing is lost. In a migration use only the database object that its function gets.',
  },
};
