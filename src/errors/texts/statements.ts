/** Texts about statements that cannot be run as they stand, found before anything is changed. */
export const statementTexts = {
  TRANSACTION_CONTROL: {
    meaning:
      'A statement would end, or half open, the transaction that makes the migration happen completely or not at all. A BEGIN with its COMMIT is skipped, because the run does the same; anything else is refused.',
    message: (f: { id: string; statement: string; fact: string }): string => `${f.id}: ${f.statement} ${f.fact}.`,
    hint: (): string =>
      'Nothing was changed. Remove it: each migration runs in a transaction of its own and is rolled back when it fails.',
  },
  NEEDS_NO_TRANSACTION: {
    meaning: 'SQLite runs this statement only outside a transaction, or ignores it silently inside one.',
    message: (f: { id: string; statement: string }): string =>
      `${f.id}: ${f.statement} has no effect, or fails, inside a transaction.`,
    hint: (): string =>
      'Nothing was changed. Move it into an SQL migration of its own with the line `-- dunlin: no-transaction` at the top, or remove it.',
  },
  NOT_WITHOUT_TRANSACTION: {
    meaning:
      'A `no-transaction` migration may hold only statements that are safe to run again after a crash: VACUUM, REINDEX, ANALYZE, and PRAGMA journal_mode, auto_vacuum, page_size, optimize, wal_checkpoint.',
    message: (f: { id: string; statement: string }): string =>
      `${f.id}: ${f.statement} cannot be in a no-transaction migration, because a crash could leave it half done.`,
    hint: (): string => 'Nothing was changed. Move it into a migration without that directive.',
  },
  STATEMENT_REFUSED: {
    meaning:
      'A statement reaches outside the database or around SQLite’s own safeguards, where a rollback does not help.',
    message: (f: { id: string; statement: string; fact: string }): string => `${f.id}: ${f.statement} ${f.fact}.`,
    hint: (f: { way: string }): string => `Nothing was changed. ${f.way}`,
  },
  BATCH_REFUSED: {
    meaning:
      'A statement below `-- dunlin: batch` cannot be run for some rows at a time without a risk that the result is another one than at once.',
    message: (f: { id: string; statement: string; fact: string }): string =>
      `${f.id}: ${f.statement} cannot run in batches: ${f.fact}.`,
    hint: (): string =>
      'Nothing was changed. Take the `-- dunlin: batch` line out: the statement then runs at once; or write it in code, with db.batch().',
  },
  BATCH_INVALID: {
    meaning: 'The argument of db.batch() is nothing that it can read in batches.',
    message: (f: { id: string; fact: string }): string => `Migration ${f.id} called db.batch(), but ${f.fact}.`,
    hint: (f: { id: string }): string =>
      `What ${f.id} changed was rolled back. Write it as \`db.batch({ table: 'nodes', size: 1000, each(rows) { ... } })\`, or with \`query\` and \`key\` in place of \`table\`.`,
  },
  PARAMETER_WITHOUT_VALUE: {
    meaning:
      'A statement of a file has a parameter (`?`, `:name`, `@name`, `$name`). Nothing gives it a value, and SQLite would silently take NULL.',
    message: (f: { id: string; parameter: string; statement: string }): string =>
      `${f.id}: the parameter ${f.parameter} has no value in ${f.statement}.`,
    hint: (): string =>
      'Nothing was changed. Write the value itself, quote it if it is a text, or write the migration in code: db.run(sql, value).',
  },
  SQL_ILLEGAL: {
    meaning:
      'A text that a migration runs is not SQL: a quote is never closed, or a character is none that SQLite knows.',
    message: (f: { id: string; fact: string }): string => `${f.id}: ${f.fact}.`,
    hint: (): string => 'Nothing was changed. Correct the file and run again.',
  },
};
