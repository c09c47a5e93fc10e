import type { DunlinEvent } from '../../bridge/event.ts';
import { count, plural } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { bytes, clockTime, duration, migrationId, rebuiltLine, versionColumn } from './format.ts';
import { shownPath } from '../../node/messages.ts';
import { backupProgress } from './backup-progress.ts';
import { displayWidth, truncate } from './table.ts';

type Event<T extends DunlinEvent['type']> = Extract<DunlinEvent, { readonly type: T }>;

/** How often a migration that takes long is mentioned where there is no terminal. */
const plainEveryMs = 10_000;

/**
 * Shows a run while it works: results line by line on standard output; what it does now as a line of the terminal
 * that goes away, or, where there is no terminal, as a plain line now and then.
 */
export function printProgress(
  context: Context,
  database: () => string,
  now: () => number = Date.now,
): (event: DunlinEvent) => void {
  let place = '';
  let nameWidth = 0;
  // version, name, what was done, time: on a narrow terminal what was done gets less room, then the name.
  const whatWidth = context.width < 80 ? 14 : 24;
  const nameRoom = Math.max(12, Math.min(40, context.width - whatWidth - 23));
  let lastPlain = 0;
  let lastPlace = now();
  let waiting = false;
  /** What is known of a migration before its own row can be printed. */
  let remarks: string[] = [];
  const backingUp = backupProgress(context);

  const busy = (text: string): void => {
    const line = `  ${text}`;
    context.live(truncate(line, context.width - 1));
    if (context.stderr.isTTY === true || now() - Math.max(lastPlain, lastPlace) < plainEveryMs) return;
    lastPlain = now();
    if (!context.quiet) context.report(line);
  };
  const row = (migration: { version: number; name: string }, text: string): string => {
    const name = truncate(migration.name, Number.isFinite(context.width) ? nameRoom : Number.POSITIVE_INFINITY);
    return `  ${versionColumn(migration).padEnd(8)} ${name}${' '.repeat(Math.max(0, nameWidth - displayWidth(name)))}  ${text}`;
  };

  const remarksBelow = (): string[] => {
    const lines = remarks.map((text) => `  ${' '.repeat(8)} ${context.colors.dim(text)}`);
    remarks = [];
    return lines;
  };

  const done = (event: Event<'migration:done'>): void => {
    const undone = event.direction === 'down' ? 'rolled back, ' : '';
    const what = `${undone}${event.statements === 0 ? 'no statements' : plural(event.statements, 'statement')}`;
    context.print(
      row(
        event.migration,
        `${what.padEnd(whatWidth)}  ${context.colors.dim(duration(event.executionTimeMs).padStart(7))}`,
      ),
      ...remarksBelow(),
    );
  };

  /** The path is not cut: it is what a restore is given. Where it is too long for the row it has a line of its own. */
  const backedUp = (event: Event<'backup:done'>): void => {
    const path = shownPath(event.file, context.cwd);
    const what = `${bytes(event.bytes)}, proven`.padEnd(whatWidth);
    const took = context.colors.dim(duration(event.copyMs + event.proofMs).padStart(7));
    const fits = displayWidth(path) + whatWidth + 22 <= context.width;
    if (fits) nameWidth = Math.max(nameWidth, displayWidth(path));
    const first = (fits ? path : '').padEnd(nameWidth);
    context.print(`  ${'backup'.padEnd(8)} ${first}  ${what}  ${took}`, ...(fits ? [] : [`    ${path}`]));
  };

  return (event) => {
    if (waiting && event.type !== 'run:waiting') context.live('');
    switch (event.type) {
      case 'run:waiting':
        waiting = true;
        return showWaiting(context, database(), event);
      case 'run:start': {
        nameWidth = Math.min(nameRoom, Math.max(0, ...event.pending.map((migration) => displayWidth(migration.name))));
        const due = new Set(event.pending.map(migrationId)).size;
        // `redo` has each migration twice: down, then up.
        const again = due < event.pending.length ? ' and apply again' : '';
        const some = event.later > 0 ? `, ${due} to run` : '';
        const isNew = due > event.back ? `, ${due - event.back} pending` : '';
        const what =
          event.direction === 'up'
            ? `${due + event.later} pending${some}`
            : `${event.back} to roll back${again}${isNew}`;
        return context.print(...context.fold(`${database()} at version ${event.from}, ${what}`), '');
      }
      case 'backup:start':
      case 'backup:copied':
        lastPlace = now();
        return backingUp(event);
      case 'backup:done':
        return backedUp(event);
      case 'migration:start':
        lastPlace = now();
        place = `${migrationId(event.migration)}  migration ${event.index} of ${event.total}`;
        return busy(place);
      case 'migration:statement':
        return busy(`${place}, statement ${event.statement} of ${event.statements}`);
      case 'migration:batch': {
        const rows = `${count(event.done)} of ${plural(event.total, 'row')}`;
        const left = event.done < event.total ? `, about ${duration(event.remainingMs)} left` : '';
        const statement = event.statement === undefined ? '' : `, statement ${event.statement}`;
        return busy(`${place}${statement}: ${rows}${left}`);
      }
      case 'restore:start':
        return busy(`a rollback cannot undo that: restoring the backup ${event.backup}`);
      case 'restore:done':
        return context.print(`  ${'restored'.padEnd(8)} ${event.backup}`, '');
      case 'migration:note':
        remarks.push(event.note);
        return;
      case 'migration:rebuilt':
        remarks.push(rebuiltLine(event));
        return;
      case 'migration:done':
        return done(event);
      case 'migration:failed':
        return context.print(row(event.migration, context.colors.red('failed')), ...remarksBelow(), '');
      default:
        return;
    }
  };
}

/** "waiting: another process (pid 812 on web-1, "dunlin up", since 12:01:07) is migrating app.db   4 s of 30 s". */
function showWaiting(context: Context, database: string, event: Event<'run:waiting'>): void {
  const { holder } = event;
  const facts =
    holder === undefined
      ? []
      : [
          [holder.pid === undefined ? '' : `pid ${holder.pid}`, holder.host === undefined ? '' : `on ${holder.host}`]
            .filter((part) => part !== '')
            .join(' '),
          holder.tool === undefined ? '' : `"${holder.tool}"`,
          `since ${clockTime(holder.since)}`,
        ].filter((part) => part !== '');
  const who = facts.length === 0 ? 'another process' : `another process (${facts.join(', ')})`;
  const doing = holder === undefined ? 'has locked' : 'is migrating';
  const line = `waiting: ${who} ${doing} ${database}   ${duration(event.waitedMs)} of ${duration(event.timeoutMs)}`;
  if (context.stderr.isTTY === true) context.live(truncate(line, context.width - 1));
  else if (
    event.waitedMs < 1000 ||
    Math.floor(event.waitedMs / plainEveryMs) > Math.floor((event.waitedMs - 500) / plainEveryMs)
  ) {
    if (!context.quiet && context.mode === 'text') context.report(line);
  }
}

/** Prints each event as a line of JSON, with the database and the time. */
export function printEvents(context: Context, database: () => string): (event: DunlinEvent) => void {
  return (event) => {
    const { type, ...fields } = event;
    context.printJson({ type, time: new Date().toISOString(), database: database(), ...fields });
  };
}
