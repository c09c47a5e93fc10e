export type Format = 'sql' | 'ts' | 'mts' | 'js' | 'mjs';

export interface NewMigration {
  /** The digits, as the file's name has them. */
  readonly version: string;
  readonly name: string;
  readonly format: Format;
  readonly author: string;
  readonly date: Date;
  readonly description: string;
  readonly forwardOnly: boolean;
}

/** "Add user roles!" as a part of a file's name: add_user_roles. Letters of every script stay. */
export function slug(text: string): string {
  return text
    .normalize('NFC')
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}

/** The next number, written as the directory writes its numbers. */
export function nextVersion(files: readonly string[], options: { readonly timestamp: boolean; readonly now: Date }): string {
  const versions = files.flatMap((file) => /^([0-9]{1,15})_.*\.(?:sql|[mc]?[tj]s)$/i.exec(file)?.[1] ?? []);
  const highest = versions.reduce((a, b) => (Number(b) > Number(a) ? b : a), '0');
  const time = options.now.toISOString().replace(/\D/g, '').slice(0, 14);
  // Fourteen digits that begin like a year are a time, also when it was typed by hand.
  const timed = highest.length === 14 && /^(19|20|21)/.test(highest);
  if (options.timestamp || timed) {
    return Number(time) > Number(highest) ? time : String(Number(highest) + 1);
  }
  const width = Math.max(3, ...versions.map((version) => version.length));
  return String(Number(highest) + 1).padStart(width, '0');
}

/** The text of a new migration's file. */
export function migrationFile(migration: NewMigration): string {
  return migration.format === 'sql' ? sqlFile(migration) : codeFile(migration);
}

function sqlFile(migration: NewMigration): string {
  const header = [
    `-- Migration: ${migration.version}_${migration.name}`,
    `-- Description: ${sentence(migration.description)}`,
    `-- Author: ${migration.author}`.trimEnd(),
    `-- Date: ${migration.date.toISOString().slice(0, 10)}`,
    '',
  ];
  const body = migration.forwardOnly ? ['', ''] : ['-- === UP MIGRATION ===', '', '', '-- === DOWN MIGRATION ===', '', ''];
  return [...header, ...body].join('\n');
}

function codeFile(migration: NewMigration): string {
  const typed = migration.format === 'ts' || migration.format === 'mts';
  const parameter = typed ? 'db: MigrationDatabase' : 'db';
  const result = typed ? ': void' : '';
  const annotation = typed ? [] : ['/** @param {import("dunlin").MigrationDatabase} db */'];
  const down = [...annotation, `export function down(${parameter})${result} {`, '  db.exec(``);', '}', ''];
  return [
    ...(typed ? ["import type { MigrationDatabase } from 'dunlin';", ''] : []),
    `export const description = ${JSON.stringify(sentence(migration.description))};`,
    '',
    ...annotation,
    `export function up(${parameter})${result} {`,
    '  db.exec(``);',
    '}',
    '',
    ...(migration.forwardOnly ? [] : down),
  ].join('\n');
}

function sentence(text: string): string {
  const words = text.replace(/[_\s]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
