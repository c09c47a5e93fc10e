import { fork, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The drivers of processes that open a path. @photostructure/sqlite stands for node:sqlite, which Node 20 has not. */
export type OpeningDriver = 'better-sqlite3' | '@photostructure/sqlite';
export const openingDrivers: readonly OpeningDriver[] = ['better-sqlite3', '@photostructure/sqlite'];
export const journalModes: readonly ('delete' | 'wal')[] = ['delete', 'wal'];
/** Each driver in each journal mode, for `describe.each`. */
export const driversAndModes: readonly (readonly [OpeningDriver, 'delete' | 'wal'])[] = openingDrivers.flatMap(
  (driver) => journalModes.map((mode) => [driver, mode] as const),
);

export const isRoot: boolean = process.getuid?.() === 0;
/** Whom permissions mean something to. */
export const nobody = 65_534;

/** What is asked of a database, in a process of its own. */
export type Command =
  | 'status'
  | 'plan'
  | 'check'
  | 'rehearse'
  | 'history'
  | 'dump'
  | 'up'
  | 'create'
  | 'list'
  | 'verify'
  | 'prune'
  | 'restorePlan'
  | 'restore';

const program = (name: string): string => fileURLToPath(new URL(`../faults/${name}`, import.meta.url));

/** Whom a process becomes. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups?: readonly number[];
}

/** How each of the commands ended: `ok`, or the error's code. One that hangs fails here. */
export function askEach(
  driver: OpeningDriver,
  database: string,
  migrations: string,
  commands: readonly Command[],
  user?: number | User,
): Readonly<Record<string, string>> {
  const args = [program('every-command.mjs'), driver, database, migrations, ...commands];
  const { uid, gid, groups = [] } = typeof user === 'object' ? user : { uid: user, gid: user };
  const who = uid === undefined ? {} : { env: { ...process.env, AS_USER: [uid, gid, ...groups].join(' ') } };
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
    ...who,
  });
  if (status !== 0) throw new Error(`${commands.join(' ')} ended with ${signal ?? status}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, string>;
}

/** Writes to a database in a process that dies: of the last script a part is in the file or the log, uncommitted. */
export function crashWhileWriting(database: string, ...scripts: readonly string[]): void {
  const { signal, stderr } = spawnSync(process.execPath, [program('crash.mjs'), database, ...scripts], {
    encoding: 'utf8',
  });
  if (signal !== 'SIGKILL') throw new Error(`it did not crash: ${stderr}`);
}

/** Another process, which has databases open until the test is over: what SQL on one of them ends with there. */
export function otherProcess(): (file: string, sql: string) => Promise<string> {
  const child = fork(program('other-process.mjs'));
  onTestFinished(() => void child.kill('SIGKILL'));
  return async (file, sql) => {
    const answer = new Promise<string>((resolve, reject) => {
      child.once('message', (code) => resolve(String(code)));
      child.once('exit', () => reject(new Error('the other process has ended')));
    });
    child.send({ file, sql });
    return await answer.finally(() => child.removeAllListeners());
  };
}
