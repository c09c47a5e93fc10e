import { ended } from '../text.ts';

/** Texts about what runs again: repeatable migrations, whenever they change, and seeds, whenever they are asked for. */
export const repeatableTexts = {
  REPEATABLE_INVALID: {
    meaning:
      'A repeatable migration (`R__name.sql`, or a file in the folder `repeatable`) or a seed is in the wrong place, has the wrong name, or has a part that does not fit a migration that runs again whenever it changes.',
    message: (f: { file: string; fact: string }): string => `${f.file} ${f.fact}.`,
    hint: (f: { way: string }): string => `Nothing was changed. ${f.way}`,
  },
  REPEATABLE_ONCE: {
    meaning:
      '`check` ran all migrations on a scratch database, then each repeatable migration once more, and this one failed the second time. It would fail with its next change, in every database that has run it.',
    message: (f: { id: string; reason: string }): string => `${f.id} cannot run twice: ${ended(f.reason)}`,
    hint: (): string =>
      'Nothing was changed in your database. Begin with `DROP VIEW IF EXISTS` or `DROP TRIGGER IF EXISTS`, and write rows with `INSERT ... ON CONFLICT DO UPDATE` or `INSERT OR IGNORE`.',
  },
  REPEATABLE_DIFFERS: {
    meaning:
      '`check` ran all migrations on a scratch database, then each repeatable migration once more, and the second run of this one had another result: it adds to what is there.',
    message: (f: { id: string; lines: readonly string[] }): string =>
      `${f.id} has another result when it runs again: ${f.lines.join('; ')}.`,
    hint: (): string =>
      'Nothing was changed in your database. Write rows with `INSERT ... ON CONFLICT DO UPDATE` or `INSERT OR IGNORE`, by a key that they have in each run.',
  },
  SEED_REFUSED: {
    meaning:
      'There are no seeds to run, the database is not at the newest version, for which they are written, or a seed changes the schema.',
    message: (f: { fact: string }): string => `Nothing can be seeded: ${f.fact}.`,
    hint: (f: { way: string }): string => `Nothing was changed. ${f.way}`,
  },
} as const;
