import { expect, it } from 'vitest';
import { migrateSync } from '../../../src/node/index.ts';
import { tried } from '../../support/fault-points.ts';
import { column, numbered, onBothDrivers, refused, type Connection, type Given } from '../support.ts';
import type { Case, Failure, Subject } from './case.ts';

/** Runs the cases of subjects on both drivers. */
export function verifySubjects(subjects: readonly Subject[]): void {
  for (const { name, cases } of subjects)
    onBothDrivers(name, (open) => {
      for (const entry of cases)
        it(titleOf(entry), () => {
          tried('guards', 1);
          const connection = open(entry.schema);
          if (entry.fails === undefined) verifyPass(connection, entry);
          else verifyRefusal(connection, entry, entry.fails);
        });
    });
}

function titleOf({ what, fails, notes }: Case): string {
  if (fails !== undefined) return `refused: ${what}`;
  return notes === undefined || notes === 'none' || notes.length === 0
    ? `passes: ${what}`
    : `passes with a note: ${what}`;
}

function verifyRefusal(connection: Connection, { run }: Case, { codes, says }: Failure): void {
  const error = refused(connection, run);
  const all = [error, ...error.problems];
  const text = all.map(({ code, message, hint }) => `${code}: ${message}\n${hint}`).join('\n');
  expect(
    all.map(({ code }) => code),
    text,
  ).not.toContain('STATEMENT_FAILED');
  if (codes.length > 0)
    expect(
      all.some(({ code }) => codes.includes(code)),
      `${codes.join(' or ')} is expected, not\n${text}`,
    ).toBe(true);
  for (const line of says) expect(text).toMatch(line);
}

function verifyPass(connection: Connection, { run, notes = [] }: Case): void {
  const written = notesOf(connection, run);
  expect(column(connection, 'PRAGMA integrity_check')).toEqual(['ok']);
  if (notes === 'none') expect(written).toEqual([]);
  else
    for (const note of notes)
      expect(
        written.filter((line) => note.test(line)),
        written.join('\n'),
      ).not.toEqual([]);
}

/** The notes on single migrations and those on the whole run. */
function notesOf({ handle }: Connection, run: Case['run']): readonly string[] {
  const notes: string[] = [];
  const migrations = numbered(Array.isArray(run) ? (run as readonly Given[]) : [run as Given]);
  const result = migrateSync({
    database: handle,
    migrations: migrations as never,
    onEvent: (event) => {
      if (event.type === 'migration:note') notes.push(event.note);
    },
  });
  return [...notes, ...result.notes];
}
