import { ended, plural } from '../text.ts';
import { typed } from '../typed.ts';

/** What stands in the way of an adoption or an export, and so which hint it gets. */
export type AdoptObstacle = 'half-done' | 'locked' | 'unreadable' | 'ambiguous' | 'elsewhere' | 'several';

/** Texts about databases that another tool has migrated: taking over its records, and writing them. */
export const adoptTexts = {
  ADOPT_NOTHING: {
    meaning:
      'There is no table in which another tool has recorded migrations, or none of the tool that was named; and `user_version` is 0.',
    message: (f: { database: string; from: string | undefined; found: readonly string[] }): string =>
      `${f.database} has no records of ${f.from ?? 'another tool'}${f.found.length === 0 ? '' : `, only ${f.found.join(' and ')}`}.`,
    hint: (f: { last: number | undefined }): string =>
      `Nothing was changed. If the database has the schema of these migrations all the same, record them without such records: \`dunlin baseline ${f.last ?? '<version>'}\`, or with another version that \`dunlin status\` lists.`,
  },
  ADOPT_TOO_LATE: {
    meaning:
      'Dunlin has applied or recorded migrations in the database already, so the records of another tool are no longer the whole story.',
    message: (f: { database: string; applied: number; newest: string }): string =>
      `${f.database} has ${plural(f.applied, 'migration')} recorded by Dunlin already, the newest ${f.newest}.`,
    hint: (): string =>
      'Nothing was changed. `dunlin status` shows them. What another tool has applied since is recorded with `dunlin baseline <version>`. If an adoption is to be done again, undo it first: `dunlin adopt --undo`.',
  },
  ADOPT_REFUSED: {
    meaning:
      'The records of another tool do not say which migrations the database has: a migration of it failed or did not finish, a run of it holds its lock, or its records do not fit the migrations here.',
    message: (f: { database: string; records: string; lines: readonly string[] }): string =>
      `${f.database} cannot be adopted from ${f.records}: ${f.lines.join('; ')}.`,
    hint: (f: { obstacle: AdoptObstacle; tool: string; last: number | undefined; choice: string }): string => {
      const byVersion = `\`dunlin adopt ${f.last ?? '<version>'}\`, with the last version whose schema the database has`;
      switch (f.obstacle) {
        case 'half-done':
          return `Nothing was changed. Complete or undo that with ${f.tool}: the schema may be between two versions. Then run \`dunlin adopt\` again.`;
        case 'locked':
          return `Nothing was changed. Let that run end, or release its lock with ${f.tool} if it died. Then run \`dunlin adopt\` again.`;
        case 'elsewhere':
          return `Nothing was changed. Name the folder of these migrations: \`dunlin adopt --migrations <folder>\`. If other migrations took their place: ${byVersion}.`;
        case 'several':
          return `Nothing was changed. Name the tool whose records count: \`dunlin adopt --from ${typed(f.choice)}\`.`;
        case 'unreadable':
        case 'ambiguous':
          return `Nothing was changed. Say what the database has: ${byVersion}. Its schema is compared with what these migrations make.`;
      }
    },
  },
  ADOPT_DIFFERS: {
    meaning:
      'The database is not what the migrations make that another tool has recorded: a file was edited after that tool applied it, a recorded migration has no file here, or the schema differs from the one that these migrations make in an empty database.',
    message: (f: { database: string; records: string; lines: readonly string[] }): string =>
      `${f.database} differs from what the migrations in ${f.records} make: ${f.lines.join('; ')}.`,
    hint: (f: { command: string }): string =>
      `Nothing was changed. Put back the files that the tool applied, or make the schema what they make. To record those that have a file here all the same, with the schema as it is: \`dunlin ${f.command} --accept-differences\`.`,
  },
  ADOPT_BEHIND: {
    meaning:
      'The tool from which the database was adopted has migrated it since: what is pending here has run already, or one of its migrations failed. Applied again, it would run twice.',
    message: (f: { database: string; tool: string; ids: readonly string[]; halfDone: readonly string[] }): string =>
      `Since ${f.database} was adopted from ${f.tool}, ${[...(f.ids.length === 0 ? [] : [`that tool has applied ${f.ids.join(', ')}`]), ...f.halfDone].join('; ')}.`,
    hint: (f: { tool: string; last: number | undefined; halfDone: readonly string[] }): string =>
      f.last === undefined || f.halfDone.length > 0
        ? `Nothing was changed. Complete or undo that with ${f.tool}: the schema may be between two versions. Then \`dunlin adopt\` records what it has applied.`
        : `Nothing was changed. \`dunlin adopt\` records what ${f.tool} has applied, without running it; \`dunlin baseline ${f.last}\` does so without its records. From then on only one of the two should migrate.`,
  },
  ADOPT_UNDO_REFUSED: {
    meaning:
      'An adoption can be undone as long as nothing else was recorded since: otherwise the other tool’s records would lack what Dunlin has done.',
    message: (f: { database: string; fact: string }): string =>
      `The adoption of ${f.database} is not undone: ${f.fact}.`,
    hint: (f: { ran: boolean }): string =>
      f.ran
        ? 'Nothing was changed. To go back to the other tool, write what was applied since into its table: `dunlin export --to <tool>`.'
        : 'Nothing was changed. `dunlin history` shows what was recorded, and by whom.',
  },
  EXPORT_REFUSED: {
    meaning:
      'What Dunlin has applied cannot be written into the table of another tool: the tool has no table in the database, its own records are not in order, or it would record something that Dunlin does not know.',
    message: (f: { database: string; tool: string; lines: readonly string[] }): string =>
      `${f.database} is not exported to ${f.tool}: ${f.lines.join('; ')}.`,
    hint: (f: { remedy: string }): string => `Nothing was changed. ${f.remedy}`,
  },
  MIRROR_REFUSED: {
    meaning:
      'With `mirror`, a run writes the table of another tool as well, and that is not possible: the table is missing or there are several, its records are not in order, or it cannot say what the run is about to do.',
    message: (f: { database: string; tool: string; lines: readonly string[] }): string =>
      `${f.database} cannot be kept in step with ${f.tool}: ${f.lines.join('; ')}.`,
    hint: (f: { remedy: string }): string =>
      `Nothing was changed. ${f.remedy} Without the option \`mirror\`, runs leave that table as it is.`,
  },
  MIRROR_FAILED: {
    meaning:
      'With `mirror`, a run writes the table of another tool as well, and SQLite refused the row: a trigger or a constraint of that table stands against it.',
    message: (f: { id: string; records: string; reason: string }): string =>
      `${f.id} could not be recorded in ${f.records} as well: ${ended(f.reason)}`,
    hint: (f: { to: string; undone: boolean }): string =>
      `${f.undone ? 'It was rolled back, and neither table records it' : 'It ran outside a transaction and stays, but neither table records it, so the next run runs it again'}. \`dunlin export --to ${typed(f.to)} --dry-run\` shows what else is missing there. Look at the triggers and constraints of that table, or turn \`mirror\` off.`,
  },
};
