import { expect, it } from 'vitest';
import { migrateSync } from '../../../src/node/index.ts';
import { tried } from '../../support/fault-points.ts';
import { column, numbered, onBothDrivers, refused, type Connection, type Given } from '../support.ts';
import type { Case, Failure, Subject } from './case.ts';

/**
 * Runs the cases of subjects on both drivers: on tables that existed before the run, and again on the same tables made
 * by an earlier migration of the same run, which are guarded as well once they hold rows.
 */
export function verifySubjects(subjects: readonly Subject[]): void {
  for (const { name, cases } of subjects)
    onBothDrivers(name, (open) => {
      for (const entry of [...cases, ...cases.filter(canFollow).map(following)])
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

/** Not where rows violate a foreign key from the start, which a migration may not do, nor where there is no schema. */
function canFollow({ schema, onlyOlder, notes }: Case): boolean {
  return onlyOlder !== true && notes !== 'none' && schema !== '' && !schema.includes('PRAGMA foreign_keys');
}

/** The same case with its schema made by the first migration of the run. */
function following(entry: Case): Case {
  return {
    ...entry,
    what: `${entry.what}, on tables of the same run`,
    schema: 'CREATE TABLE older (v); INSERT INTO older VALUES (1);',
    run: [entry.schema, ...listOf(entry.run)],
  };
}

function listOf(run: Case['run']): readonly Given[] {
  return Array.isArray(run) ? (run as readonly Given[]) : [run as Given];
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
  // SQLite's check reports an FTS4 index that does not fit a text which it does not keep.
  const flaws = column(connection, 'PRAGMA integrity_check').filter((flaw) => !/index for FTS4/.test(String(flaw)));
  expect(flaws).toEqual(flaws.length === 0 ? [] : ['ok']);
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
  const result = migrateSync({
    database: handle,
    migrations: numbered(listOf(run)) as never,
    onEvent: (event) => {
      if (event.type === 'migration:note') notes.push(event.note);
    },
  });
  return [...notes, ...result.notes];
}
