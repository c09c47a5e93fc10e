import { ended } from '../text.ts';
import { undone } from './run.ts';

/** Hints that replace or extend an error's own, once it is known what happened to the data. */
export const recoveryTexts = {
  /** The hint of an error that a migration's code threw. By itself it would say that nothing was changed. */
  inCode: (f: { id: string; hint: string }): string =>
    f.hint.replace(
      /^(?:Nothing was (?:changed|stored)|The statement was not run|None of it was run)\. /,
      `${undone(f.id)} `,
    ),
  /** For a set, or an atomic run: what had run before the failing migration. */
  together: (f: { what: 'run' | 'set'; hint: string; up: readonly string[]; down: readonly string[] }): string =>
    [
      f.hint,
      `The ${f.what} happens together or not at all:`,
      ...(f.up.length === 0
        ? []
        : [`what ${f.up.join(', ')} changed was rolled back as well${f.down.length === 0 ? '.' : ', and'}`]),
      ...(f.down.length === 0 ? [] : [`${f.down.join(', ')} ${f.down.length === 1 ? 'is' : 'are'} applied as before.`]),
    ].join(' '),
  /** A statement that a view or trigger stands in the way of, which a repeatable migration makes. */
  madeByRepeatable: (f: { id: string; object: string; file: string; drop: string; direction: 'up' | 'down' }): string =>
    `${undone(f.id)} ${f.file} makes the ${f.object}. Drop it in ${f.id}, before this statement:\n    ${f.drop};\n${f.direction === 'up' ? 'After the last migration of the run it is made again, because it is gone' : 'The next `dunlin up` makes it again, because it is gone'}. If ${f.file} names what the statement removes, correct that as well. Then run again.`,
  /** A repeatable migration that failed, after which some of what they make is gone. */
  repeatableLeft: (f: { id: string; hint: string; gone: readonly string[] }): string =>
    `${f.hint.replace(': the database is as it was before.', `: the database is as it was before ${f.id}.`)} What ran before it in this run stays, and ${f.gone.join(', ')} ${f.gone.length === 1 ? 'is' : 'are'} gone until \`dunlin up\` succeeds.`,
  /** A seed that inserts a row which is there. */
  seededTwice: (f: { hint: string }): string =>
    `${f.hint} A seed runs each time that it is asked for. Where it has run before, its rows are there: write \`INSERT OR IGNORE\`, or \`INSERT ... ON CONFLICT (...) DO UPDATE\`.`,
  /** A loss that the next migration may correct. */
  continued: (f: { hint: string; next: string; versions: readonly number[] }): string =>
    `${f.hint}\n${f.next} continues with the same tables. If it corrects that, say at the top of the first of these files that they happen together:\n    -- dunlin: together ${Math.max(...f.versions)}\nFor files that cannot be edited the option is \`together: [[${f.versions.join(', ')}]]\`, in dunlin.config.json \`"together": [[${f.versions.join(', ')}]]\`.`,
  /** A plan that changed while a migration ran outside a transaction. */
  unrecorded: (f: { id: string; hint: string }): string =>
    f.hint.replace(
      /^Nothing was changed(?: after [^.]*)?\./,
      `${f.id} ran outside a transaction: what it did stays, but was not recorded, and running it again does no harm.`,
    ),
  restored: (f: { id: string; backup: string }): string =>
    `Nothing is left of it: what ${f.id} did cannot be rolled back, so the database was restored from the backup ${f.backup} and is as it was before. Correct the migration and run again.`,
  setBack: (f: { id: string }): string =>
    `Nothing is left of it: the journal mode that ${f.id} had changed was set back. Correct the migration and run again.`,
  keptButMode: (f: { id: string }): string =>
    `${f.id} ran outside a transaction: the journal mode that it had changed was set back, what else it did stays, and running it again does no harm. Correct the migration and run again.`,
  stays: (f: { id: string; backup: string; reason: string; setBack: boolean }): string =>
    `${f.id} ran outside a transaction: what it did until then stays${f.setBack ? ', but for the journal mode, which was set back' : ''}, because the backup from before it was not restored: ${ended(f.reason)} To go back, with the loss of everything since: \`dunlin backup restore ${f.backup}\`. To continue, correct the migration and run again.`,
};
