// One change, written by drizzle-kit and applied to a database with rows: by Drizzle's own migrator, by it without the
// view, and by `dunlin up` from the same folder.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { dunlinOf, start, withFolder, write } from '../project.mjs';
import { broken, factsOf, lost, withDatabase } from './facts.mjs';
import { customFile, generateChange, writeStart } from './generate.mjs';

const migrator = `
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import Database from 'better-sqlite3';
migrate(drizzle(new Database('app.db')), { migrationsFolder: 'drizzle' });
`;

const drizzle = (folder) => {
  write(folder, { 'run.mjs': migrator });
  return start(folder, [process.execPath, 'run.mjs']);
};
const call = (folder, ...words) => start(folder, dunlinOf(...words, '--database', 'app.db', '--migrations', 'drizzle'));
const dunlin = (folder) => call(folder, 'up', '--json');

/** Whether the migrations make the same schema once more, in a new database. */
const replays = (folder) => {
  const { status, stdout, stderr } = call(folder, 'check', '--replay');
  return status === 0 ? [] : [`check --replay: ${stdout}${stderr}`];
};

const ways = {
  migrator: { apply: drizzle },
  withoutView: { apply: drizzle, withoutView: true },
  dunlin: { apply: dunlin, check: replays },
};

/**
 * What drizzle-kit wrote, and for each way whether the change is there, what is lost or broken, and what was printed. A
 * change that failed has to leave everything as it was, and is there if a query says so.
 */
export function tryChange(change) {
  return withFolder((folder) => {
    writeStart(folder, change);
    const databases = Object.entries(ways).map(([way, { apply, check = () => [], withoutView = false }]) => {
      const own = join(folder, way);
      const update = () => {
        cpSync(join(folder, 'drizzle'), join(own, 'drizzle'), { recursive: true });
        if (withoutView) write(own, { [customFile]: change.customWithoutView });
        return apply(own);
      };
      const { status, stdout, stderr } = update();
      if (status !== 0) throw new Error(`${way} cannot make the database\n${stdout}${stderr}`);
      const before = withDatabase(own, (db) => {
        db.exec(change.rows);
        return factsOf(db);
      });
      return { way, own, update, check, before };
    });
    const sql = generateChange(folder, change);
    const results = databases.map(({ way, own, update, check, before }) => {
      const { status, stdout, stderr } = update();
      return withDatabase(own, (db) => [
        way,
        {
          applied: status === 0,
          isThere: status === 0 && change.done !== undefined && db.prepare(change.done).pluck().get() === 1,
          lost: lost(before, factsOf(db), status === 0 ? change : {}),
          broken: [...broken(db), ...(status === 0 ? check(own) : [])],
          output: stdout + stderr,
        },
      ]);
    });
    return { sql, ...Object.fromEntries(results) };
  });
}
