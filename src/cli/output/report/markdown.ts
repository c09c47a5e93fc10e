import { changedTables, renderDiagram } from '../../../diagram/index.ts';
import { count, plural } from '../../../errors/index.ts';
import { migrationId, versionWithLabel } from '../format.ts';
import { escapeHtml } from './escape-html.ts';
import {
  differenceLines,
  excerptText,
  factsOf,
  headline,
  linesOf,
  pendingText,
  placeText,
  statementText,
  subject,
  unknownChanges,
  verdict,
  type Fact,
} from './facts.ts';
import type { DatabaseReport, Finding, PendingMigration, Report } from './model.ts';

/** GitHub refuses a comment of more than 65,536 characters; some are left for what the poster adds. */
const limit = 65_000;
/** What these may take of it at most, so that none hides the others. The pending migrations get the rest. */
const rooms = {
  problems: 16_000,
  warnings: 8_000,
  rows: 10_000,
  rehearsals: 2_000,
  changes: 8_000,
  diagram: 8_000,
  notes: 3_000,
};
/** A longer text of a message is cut, and what is shown of a migration's SQL ends there. */
const longest = 2_000;

/** A comment for a pull request, in GitHub's Markdown. */
export function markdown(report: Report): string {
  const share = 1 / report.databases.length;
  const mark = report.ok ? '✅' : '❌';
  const head = `### ${mark} ${subject(report)}: ${report.ok ? 'passed' : 'failed'}`;
  const foot = `<sub>Written by \`dunlin ${report.command}\`.</sub>`;
  const blocks = report.databases.flatMap((database, i) => [
    ...(i === 0 ? [] : ['---']),
    ...databaseBlocks(database, share),
  ]);
  return `${within([head, ...blocks], limit - foot.length, (left) => `${plural(left, 'more section')} left out: a comment has no room.`)}\n\n${foot}\n`;
}

function databaseBlocks(database: DatabaseReport, share: number): readonly string[] {
  const { title, version, label, total, findings, pending, rehearsals, notes } = database;
  const at = version === undefined ? '' : ` at ${plain(versionWithLabel(version, label))}`;
  const problems = findings.filter(({ level }) => level === 'error');
  const warnings = findings.filter(({ level }) => level === 'warning');
  const section: Section = (heading, blocks, room, what) => {
    if (blocks.length === 0) return [];
    // The items of a list stand below each other.
    const gap = blocks.every((block) => block.startsWith('- ')) ? '\n' : '\n\n';
    return [`#### ${heading}`, within(blocks, room * share, (left) => leftOut(left, what), gap)];
  };
  const before = [
    `${code(title)}${at}: ${plural(total, 'migration')}, ${verdict(database)}.`,
    ...(database.pendingRefused ? [`Pending migrations are not accepted here. ${prose(pendingText(database))}.`] : []),
    ...section('Problems', problems.map(findingBlock), rooms.problems, 'problem'),
    ...section('Warnings', warnings.map(findingBlock), rooms.warnings, 'warning'),
    ...rowBlocks(database, share, section),
  ];
  const after = [
    ...section('Rehearsed', list(rehearsals.map(prose)), rooms.rehearsals, 'rehearsal'),
    ...changeBlocks(database, share),
    ...section('Notes', list(notes.map(prose)), rooms.notes, 'note'),
  ];
  const taken = [...before, ...after].join('\n\n').length + 500;
  const rest = limit - taken / share;
  return [...before, ...section('Pending migrations', pending.map(pendingBlock), rest, 'migration'), ...after];
}

type Section = (heading: string, blocks: readonly string[], room: number, what: string) => readonly string[];

/** What a rehearsal says of rows: a table, and a list. */
function rowBlocks({ rows: report }: DatabaseReport, share: number, section: Section): readonly string[] {
  if (report === undefined) return [];
  const { titles, rows, lines, measures } = report;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cells = rows.map(([name = '', ...figures]) => line([code(name).replaceAll('|', '\\|'), ...figures]));
  const head = [line(titles), line(titles.map((_, i) => (i === 0 ? '---' : '--:')))];
  const shown = within(cells, (rooms.rows / 2) * share, (left) => `| ${leftOut(left, 'table')} |`, '\n');
  return [
    '#### Rows',
    ...(rows.length === 0 ? [] : [`${head.join('\n')}\n${shown}`]),
    ...(lines.length === 0
      ? []
      : [within(list(lines.map(prose)), (rooms.rows / 2) * share, (left) => leftOut(left, 'line'), '\n')]),
    ...section('Measured', list(measures.map(prose)), rooms.notes, 'figure'),
  ];
}

function leftOut(left: number, what: string): string {
  return `*${count(left)} more ${what}${left === 1 ? '' : 's'} left out: a comment has no room.*`;
}

/** As many of the blocks as fit, and how many are left out. */
function within(blocks: readonly string[], room: number, note: (left: number) => string, gap = '\n\n'): string {
  const shown: string[] = [];
  let used = 0;
  for (const [index, block] of blocks.entries()) {
    used += block.length + 2;
    if (used > room - 100) return `${shown.map((one) => one + gap).join('')}${note(blocks.length - index)}`;
    shown.push(block);
  }
  return shown.join(gap);
}

function list(items: readonly string[]): readonly string[] {
  return items.map((item) => `- ${item}`);
}

function findingBlock({ code: name, message, hint, place }: Finding): string {
  const where = place === undefined ? '' : ` in ${code(placeText(place))}`;
  const excerpt = place === undefined ? undefined : excerptText(place);
  return [
    `**${name}**${where}<br>\n${prose(cut(message))}`,
    ...(excerpt === undefined ? [] : [fence('text', excerpt)]),
    ...(hint === '' ? [] : [`> ${prose(cut(hint))}`]),
  ].join('\n\n');
}

function pendingBlock(migration: PendingMigration): string {
  const facts = factsOf(migration);
  const grave = facts.filter(({ isGrave }) => isGrave === true).map(factHtml);
  const about = [headline(migration), ...grave].filter((text) => text !== '').join(', ');
  const { step } = migration;
  const sql = (step?.statements ?? []).map(statementText).join('\n');
  return [
    `<details><summary><b>${escapeHtml(oneLine(migrationId(migration)))}</b>${about === '' ? '' : `: ${about}`}</summary>`,
    ...(step === undefined ? [] : [code(step.file)]),
    ...(step?.description == null ? [] : [prose(cut(step.description))]),
    list(facts.map(factText)).join('\n'),
    ...(sql === '' ? [] : [fence('sql', cut(sql))]),
    '</details>',
  ].join('\n\n');
}

function changeBlocks({ pending, changes }: DatabaseReport, share: number): readonly string[] {
  if (pending.length === 0) return [];
  if (changes === undefined) return ['#### The schema', unknownChanges];
  const { objects, before, after } = changes;
  if (objects.length === 0) return ['#### The schema', 'The pending migrations leave the schema as it is.'];
  const lines = objects.map((change) => differenceLines(change).join('\n'));
  const diff = within(lines, rooms.changes * share, (left) => `${plural(left, 'more difference')} left out`);
  const { model, changes: states } = changedTables(objects, before, after);
  const drawn = model.tables.length === 0 ? '' : renderDiagram('mermaid', model, { views: false, changes: states });
  const counted = plural(objects.length, 'difference');
  return [
    `#### The schema: ${counted}`,
    `<details><summary>${counted} after the pending migrations</summary>\n\n${fence('diff', diff)}\n\n</details>`,
    ...(drawn === ''
      ? []
      : drawn.length > rooms.diagram * share
        ? ['*The diagram of the changed tables is left out: a comment has no room.*']
        : [fence('mermaid', drawn.trimEnd())]),
  ];
}

function factText({ text, names, isGrave }: Fact): string {
  const list = names === undefined ? '' : ` ${shownNames(names, code)}`;
  return isGrave === true ? `**${prose(text)}**${list}` : `${prose(text)}${list}`;
}

function factHtml({ text, names }: Fact): string {
  const list =
    names === undefined ? '' : ` ${shownNames(names, (name) => `<code>${escapeHtml(oneLine(name))}</code>`)}`;
  return `${escapeHtml(text)}${list}`;
}

function shownNames(names: readonly string[], show: (name: string) => string): string {
  const shown = names.slice(0, 20).map(show).join(', ');
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** A text as code: longer fences than the text has, so that nothing in it ends the code. */
function code(text: string): string {
  const line = cut(oneLine(text));
  const marks = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  return `${marks}${pad}${line}${pad}${marks}`;
}

function fence(language: string, text: string): string {
  const marks = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${marks}${language}\n${text}\n${marks}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/**
 * A message on one line, in which no name means anything to Markdown or GitHub: no HTML, link, image, mention, reference to
 * an issue or formula.
 */
function prose(text: string): string {
  return linesOf(text)
    .map((parts) => parts.map((part) => (part.isCode ? code(part.text) : plain(part.text))).join(''))
    .join('<br>');
}

function plain(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll(/[\\`*_[\]<>|~$#!]/g, '\\$&')
    .replaceAll(/[@#](?=\w)/g, '$&\u200B')
    .replaceAll('://', ':\u200B//')
    .replaceAll(/(www)\./gi, '$1\u200B.');
}
