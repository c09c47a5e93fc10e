import { typed } from '../typed.ts';

/** Errors of `dunlin/testing`: databases for tests. */
export const testingTexts = {
  DATABASE_EXISTS: {
    meaning:
      'A database for a test was to be written to a path where something is already: a database, or a journal that SQLite would roll back into the new one. Nothing is overwritten.',
    message: (f: { database: string; found: string }): string =>
      f.found === f.database
        ? `${f.database} exists already.`
        : `${f.found} exists already, which belongs to a database ${f.database}.`,
    hint: (f: { found: string }): string =>
      `Nothing was changed. If an earlier test has left it behind, remove it with \`rm ${typed(f.found)}\`; \`file: true\` makes a temporary file, which is removed when it is closed.`,
  },
  TEMPLATE_UNUSABLE: {
    meaning:
      'The databases of tests are copies of a template, which is one file that any connection can read. An encrypted database and one that is spread over attached files cannot be copied like that.',
    message: (f: { cause: 'encrypted' } | { cause: 'attached'; names: readonly string[] }): string =>
      f.cause === 'encrypted'
        ? 'The migrated database cannot be the template for tests: it is encrypted.'
        : `The migrated database cannot be the template for tests: ${f.names.join(', ')} ${f.names.length === 1 ? 'is' : 'are'} attached to it, and would not be in the copies.`,
    hint: (f: { cause: 'encrypted' | 'attached' }): string =>
      f.cause === 'encrypted'
        ? 'Nothing was kept. Leave the key out of `prepare` in tests: the schema is the same without it.'
        : 'Nothing was kept. Attach it to the database of each test: give `seed` a function that does.',
  },
  SEED_FAILED: {
    meaning: 'The `seed` of a database for tests could not be read, or SQLite refused a statement of it.',
    message: (f: { seed: string; reason: string }): string => `The seed ${f.seed} failed: ${f.reason}.`,
    hint: (): string =>
      'Nothing was kept, and the test has no database. Correct the seed: it runs on the migrated database, with foreign keys enforced if the driver does.',
  },
  SAMPLE_ROWS_FAILED: {
    meaning:
      "`rows: 'sample'` was to put rows into every table, and found no row that a table accepts: a CHECK, a trigger or an index refuses each.",
    message: (f: { tables: readonly { readonly table: string; readonly reason: string }[] }): string =>
      `No sample row could be inserted into ${f.tables.map(({ table, reason }) => `${table} (${reason})`).join(', ')}.`,
    hint: (): string =>
      "Nothing was kept, and the test has no database. Put rows into these tables with `seed`: what has rows is left as it is, and `rows: 'sample'` fills the others.",
  },
};
