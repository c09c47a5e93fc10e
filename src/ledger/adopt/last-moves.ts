import { query, type Op } from '../../bridge/index.ts';
import { isRepeatable, type Migration, type Registry } from '../../migration/index.ts';
import { inMain } from '../../sql/index.ts';
import { undoneByRestores } from '../attempts.ts';
import { isIdentity } from '../layouts/by-identity.ts';

/** A migration as the attempt log names it: with the version and the name of that time. */
interface Logged {
  readonly version: number;
  readonly name: string;
}

interface Move extends Logged {
  readonly direction: string;
}

/**
 * Finds the migration here that a row of the attempt log is about. For a folder of another tool's format the log has the
 * tool's version and the name after it, or the position and the whole identity, depending on the folder at that time.
 */
export function logFinder(registry: Registry): (row: Logged) => Migration | undefined {
  const { migrations, format } = registry;
  if (format === undefined) return ({ version }) => registry.get(version);
  const byId = new Map(migrations.map((migration) => [migration.id, migration]));
  const byNumber = new Map(migrations.map((one) => [`${Number(one.origin?.number)} ${one.origin?.name}`, one]));
  const renamed = ({ version, name }: Logged): Migration | undefined =>
    format.numbers === 'positions' || isIdentity(name, migrations) ? undefined : registry.get(version);
  return (row) => byId.get(row.name) ?? byNumber.get(`${row.version} ${row.name}`) ?? renamed(row);
}

/** How each migration came to be recorded, or went: `up`, `down`, `adopt`, `baseline`. */
export class LastMoves {
  readonly #moves: ReadonlyMap<Migration, string>;
  readonly #repaired: ReadonlySet<Migration>;
  readonly #names: ReadonlyMap<Migration, ReadonlySet<string>>;
  /** What was rolled back and has no file any more. */
  readonly rolledBackWithoutFile: readonly Logged[];
  readonly #withoutFile: readonly Move[];

  constructor(registry: Registry, rows: readonly Move[]) {
    const find = logFinder(registry);
    const moves = new Map<Migration, string>();
    const repaired = new Set<Migration>();
    const names = new Map<Migration, Set<string>>();
    const gone = new Map<string, Move>();
    for (const row of rows) {
      const migration = find(row);
      if (migration !== undefined) names.set(migration, (names.get(migration) ?? new Set()).add(row.name));
      if (row.direction === 'repair') {
        if (migration !== undefined) repaired.add(migration);
      } else if (migration === undefined) gone.set(`${row.version} ${row.name}`, row);
      else {
        moves.set(migration, row.direction);
        repaired.delete(migration);
      }
    }
    this.#moves = moves;
    this.#repaired = repaired;
    this.#names = names;
    this.#withoutFile = [...gone.values()];
    this.rolledBackWithoutFile = this.#withoutFile.filter(({ direction }) => direction === 'down');
  }

  of(migration: Migration): string | undefined {
    return this.#moves.get(migration);
  }

  /** Whether a repair has recorded its present text since. */
  isRepaired(migration: Migration): boolean {
    return this.#repaired.has(migration);
  }

  /** The names that its file had before. */
  formerNames(migration: Migration): readonly string[] {
    const names = this.#names.get(migration) ?? [];
    return [...names].filter((name) => name !== migration.name && name !== migration.id);
  }

  /** Of a recorded migration without a file. */
  ofRow({ name }: Logged): string | undefined {
    return this.#withoutFile.findLast((row) => row.name === name)?.direction;
  }
}

export function* readLastMoves(attempts: string, registry: Registry): Op<LastMoves> {
  const rows = yield* query<{ version: number; name: string; direction: string }>(
    `SELECT version, name, direction FROM ${inMain(attempts)} WHERE status = 'ok' AND version IS NOT NULL${yield* undoneByRestores(attempts)} ORDER BY id`,
  );
  return new LastMoves(
    registry,
    rows.filter((row) => !isRepeatable(row)),
  );
}
