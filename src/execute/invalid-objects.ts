import { connect, disconnect, isSqlError, scriptOn, type Op } from '../bridge/index.ts';
import { closest } from '../errors/index.ts';
import { readContent } from '../ledger/index.ts';
import {
  findInvalidObjects,
  objectKey,
  sameSql,
  type Inventory,
  type InvalidObjects,
  type SchemaObjects,
} from '../schema/index.ts';
import { onConnection } from './on-connection.ts';
import { setForeignKeys, retryBusy, type RunContext } from '../lock/index.ts';

const shown = 5;

/** An object that SQLite has in the schema and cannot use. */
export interface InvalidObject {
  readonly kind: 'dangling' | 'mismatched' | 'broken';
  /** The table, view or trigger, by `objectKey`. */
  readonly key: string;
  /** What is wrong, and what follows. */
  readonly line: string;
  /** The table that a foreign key or SQLite's reason says is missing. */
  readonly missing: string | undefined;
}

/**
 * All that is invalid in the database. While foreign keys are enforced, an invalid foreign key hides what is wrong with the
 * triggers of its tables. So the triggers are compiled on a second connection, which does not enforce them.
 */
export function* findAllInvalid(context: RunContext): Op<readonly InvalidObject[]> {
  return yield* retryBusy(context, 'read', function* () {
    const { others } = yield* readContent(context.ledger);
    const second = yield* connect();
    if (second === undefined) return yield* invalidIn(others);
    try {
      yield* scriptOn(second, 'PRAGMA foreign_keys = OFF');
      return yield* onConnection(second, invalidIn(others));
    } catch (error) {
      // An encrypted database whose key only the application's connection has.
      if (!isSqlError(error) || error.primary !== 'SQLITE_NOTADB') throw error;
      return yield* invalidIn(others);
    } finally {
      yield* disconnect(second);
    }
  });
}

/** All foreign keys of the database that cannot work, and those of these views and triggers that do not compile. */
export function* invalidIn(objects: SchemaObjects): Op<readonly InvalidObject[]> {
  return toObjects(yield* findInvalidObjects(objects));
}

/**
 * Notes on objects of a run that cannot work: most often a typing error in a name, which SQLite finds only when the
 * application uses the object. No error, because another program may create what is missing. Skips views and triggers
 * that are the same in `before`, the schema before the run, but for those `made` by repeatable migrations of the run: a
 * migration before them may have removed what they name. It switches foreign keys off: call it where the run's settings are
 * restored afterwards.
 */
export function* invalidNotes(
  context: RunContext,
  before: Inventory,
  made: ReadonlySet<string>,
): Op<readonly string[]> {
  yield* setForeignKeys(context, false);
  const { others } = yield* readContent(context.ledger);
  const asked = [...others].filter(([key, object]) => made.has(key) || !sameSql(before.others.get(key), object));
  return linesOf(yield* invalidIn(new Map(asked)));
}

/** One line for each of the first few of a kind, and the number of the others. */
export function linesOf(objects: readonly InvalidObject[]): readonly string[] {
  const rest = {
    dangling: 'foreign keys name no table',
    mismatched: 'foreign keys match no key',
    broken: 'do not compile',
  };
  return Object.entries(rest).flatMap(([kind, what]) => {
    const lines = objects.filter((object) => object.kind === kind).map(({ line }) => line);
    const more = lines.length - shown;
    return more > 0 ? [...lines.slice(0, shown), `${more} more ${what}`] : lines;
  });
}

function toObjects({ dangling, mismatched, broken, tables }: InvalidObjects): readonly InvalidObject[] {
  const refused = 'with foreign keys on, SQLite refuses to write its rows';
  return [
    ...dangling.map(({ child, parent }): InvalidObject => {
      const suggestion = closest(parent, tables);
      const question = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`;
      return {
        kind: 'dangling',
        key: objectKey('table', child),
        line: `a foreign key of ${child} names ${parent}, which is no table${question}: ${refused}`,
        missing: parent,
      };
    }),
    ...mismatched.map(({ child, parent }): InvalidObject => ({
      kind: 'mismatched',
      key: objectKey('table', child),
      line: `a foreign key of ${child} names columns of ${parent} that are missing there, or that are not together its primary key or unique: ${refused}, nor to delete those of ${parent}`,
      missing: undefined,
    })),
    ...broken.map(({ object: { type, name, table }, reason }): InvalidObject => ({
      kind: 'broken',
      key: objectKey(type, name),
      line: `${type} ${name} does not compile (${reason}): SQLite refuses ${type === 'view' ? 'to read it' : `what fires it on ${table}`}`,
      missing: /^no such table: (?:main\.)?(.+)$/.exec(reason)?.[1],
    })),
  ];
}
