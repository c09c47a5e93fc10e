import { downMarker, upMarker } from '../migration/index.ts';

export type MigrationLanguage = 'sql' | 'ts' | 'mts' | 'js' | 'mjs';

export interface TemplateValues {
  readonly id: string;
  readonly title: string;
  readonly author: string | undefined;
  readonly up: string | undefined;
  readonly down?: string | undefined;
  /** `2026-11-21`. */
  readonly date: string;
}

/** The template's text: a valid migration that does nothing. */
export function migrationText(language: MigrationLanguage, facts: TemplateValues): string {
  const description = oneLine(facts.title);
  const author = oneLine(facts.author ?? '');
  return language === 'sql' ? sqlText(facts, description, author) : codeText(facts, description, author);
}

/** A file without markers, all of which is UP. */
export function unmarkedText({ id, up }: TemplateValues): string {
  return `-- Migration: ${id}\n\n${up ?? ''}\n`;
}

function sqlText({ id, date, up, down }: TemplateValues, description: string, author: string): string {
  return [
    `-- Migration: ${id}`,
    `-- Description: ${description}`,
    ...(author === '' ? [] : [`-- Author: ${author}`]),
    `-- Date: ${date}`,
    '',
    upMarker,
    ...(up === undefined ? [''] : ['', up]),
    '',
    downMarker,
    '',
    ...(down === undefined ? [''] : [down, '']),
  ].join('\n');
}

// Without version and name: the file's name has them, and a renamed file stays correct.
function codeText({ date, up }: TemplateValues, description: string, author: string): string {
  return [
    "import { defineMigration } from 'dunlin';",
    '',
    'export default defineMigration({',
    `  description: ${literal(description)},`,
    ...(author === '' ? [] : [`  author: ${literal(author)},`]),
    `  date: '${date}',`,
    '  up(db) {',
    ...(up ?? 'db.exec(``);').split('\n').map((line) => `    ${line}`),
    '  },',
    '  down(db) {',
    '    db.exec(``);',
    '  },',
    '});',
    '',
  ].join('\n');
}

function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
