import { changedTables, renderDiagram } from '../../../diagram/index.ts';
import { plural } from '../../../errors/index.ts';
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

/** Class names begin with `r-`: the drawing inside the page has a style sheet of its own. */
const style = `
:root { color-scheme: light dark; --page: #ffffff; --text: #1c2733; --soft: #5b6878; --line: #d5dce5; --panel: #f5f7fa;
  --good: #1a7f37; --bad: #c0262d; --warn: #8a5a00; --plus: #e3f6e8; --minus: #fdeaea; --other: #fdf3dc; }
@media (prefers-color-scheme: dark) { :root { --page: #12171e; --text: #e3e9f0; --soft: #98a6b6; --line: #303b49;
  --panel: #1a212b; --good: #56d364; --bad: #ff7b72; --warn: #e3b341; --plus: #17301f; --minus: #3a1e21; --other: #352c16; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 48px; max-width: 960px; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 4px; } h2 { font-size: 1.25rem; margin: 28px 0 4px; }
h3 { font-size: 1.05rem; margin: 28px 0 8px; } p { margin: 6px 0; }
code, pre { font: 0.86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { background: var(--panel); border-radius: 4px; padding: 1px 4px; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; margin: 8px 0;
  overflow-x: auto; overflow-wrap: normal; }
.r-soft { color: var(--soft); } .r-good { color: var(--good); } .r-bad { color: var(--bad); } .r-warn { color: var(--warn); }
.r-card { border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 6px; padding: 10px 14px; margin: 10px 0; }
.r-card.r-error { border-left-color: var(--bad); } .r-card.r-warning { border-left-color: var(--warn); }
details { border: 1px solid var(--line); border-radius: 6px; margin: 8px 0; padding: 0 14px; }
summary { cursor: pointer; padding: 8px 0; } details[open] { padding-bottom: 10px; }
ul { margin: 6px 0; padding-left: 22px; }
table { border-collapse: collapse; margin: 8px 0; } td, th { border-bottom: 1px solid var(--line); padding: 4px 12px 4px 0; text-align: left; }
.r-number { text-align: right; }
.r-lines { padding: 8px 0; } .r-lines span { display: block; padding: 0 12px; white-space: pre; min-width: max-content; }
.r-plus { background: var(--plus); } .r-minus { background: var(--minus); } .r-other { background: var(--other); }
figure { margin: 8px 0; overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
figure svg { display: block; }
@media (max-width: 480px) { body { padding: 16px 12px 32px; } details { padding: 0 10px; } .r-card { padding: 8px 10px; } }
@media print { details > * { display: block; } }
`;

/** One page without scripts and without requests: every name in it is escaped, and the policy allows nothing else. */
export function html(report: Report): string {
  const title = `${subject(report)}: ${report.ok ? 'passed' : 'failed'}`;
  const lines = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    `<h1>${subject(report)}: <span class="${report.ok ? 'r-good' : 'r-bad'}">${report.ok ? 'passed' : 'failed'}</span></h1>`,
    ...report.databases.flatMap((database) => databaseLines(database)),
    `<p class="r-soft">Written by <code>dunlin ${report.command}</code>.</p>`,
    '</body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

function databaseLines(database: DatabaseReport): readonly string[] {
  const { title, version, label, total, findings, pending, rehearsals, notes } = database;
  const at = version === undefined ? '' : `at ${versionWithLabel(version, label)}: `;
  const section: Section = (heading, lines) => (lines.length === 0 ? [] : [`<h3>${heading}</h3>`, ...lines]);
  const ofLevel = (level: Finding['level']): readonly string[] =>
    findings.filter((finding) => finding.level === level).map(findingHtml);
  return [
    `<h2>${escapeHtml(title)}</h2>`,
    `<p>${escapeHtml(`${at}${plural(total, 'migration')}, ${verdict(database)}`)}</p>`,
    ...(database.pendingRefused
      ? [`<p class="r-bad">${escapeHtml(`Not accepted here: ${pendingText(database)}`)}</p>`]
      : []),
    ...section('Problems', ofLevel('error')),
    ...section('Warnings', ofLevel('warning')),
    ...rowLines(database, section),
    ...section(
      'Pending migrations',
      pending.map((one) => pendingHtml(one, pending.length <= 3)),
    ),
    ...section('Rehearsed', list(rehearsals.map(prose))),
    ...changeLines(database),
    ...section('Notes', list(notes.map(prose))),
  ];
}

type Section = (heading: string, lines: readonly string[]) => readonly string[];

/** What a rehearsal says of rows: a table, and a list. */
function rowLines({ rows: report }: DatabaseReport, section: Section): readonly string[] {
  if (report === undefined) return [];
  const { titles, rows, lines, measures } = report;
  const cell = (tag: string, text: string, i: number): string =>
    `<${tag}${i === 0 ? '' : ' class="r-number"'}>${text}</${tag}>`;
  const head = titles.map((title, i) => cell('th', escapeHtml(title), i)).join('');
  const body = rows.map(
    (cells) => `<tr>${cells.map((text, i) => cell('td', i === 0 ? code(text) : escapeHtml(text), i)).join('')}</tr>`,
  );
  return [
    ...section('Rows', [
      ...(rows.length === 0 ? [] : [`<table><tr>${head}</tr>${body.join('')}</table>`]),
      ...list(lines.map(prose)),
    ]),
    ...section('Measured', list(measures.map(prose))),
  ];
}

function list(items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`];
}

function findingHtml({ level, code: name, message, hint, place }: Finding): string {
  const where = place === undefined ? '' : ` in ${code(placeText(place))}`;
  const excerpt = place === undefined ? undefined : excerptText(place);
  return [
    `<div class="r-card r-${level}">`,
    `<p><strong class="${level === 'error' ? 'r-bad' : 'r-warn'}">${escapeHtml(name)}</strong>${where}</p>`,
    `<p>${prose(message)}</p>`,
    ...(excerpt === undefined ? [] : [`<pre>${escapeHtml(excerpt)}</pre>`]),
    ...(hint === '' ? [] : [`<p class="r-soft">${prose(hint)}</p>`]),
    '</div>',
  ].join('');
}

function pendingHtml(migration: PendingMigration, isOpen: boolean): string {
  const facts = factsOf(migration);
  const grave = facts
    .filter(({ isGrave }) => isGrave === true)
    .map((fact) => `<span class="r-bad">${factHtml(fact)}</span>`);
  const about = [headline(migration), ...grave].filter((text) => text !== '').join(', ');
  const { step } = migration;
  const sql = (step?.statements ?? []).map(statementText).join('\n');
  return [
    `<details${isOpen ? ' open' : ''}><summary><strong>${escapeHtml(migrationId(migration))}</strong>${about === '' ? '' : ` <span class="r-soft">${about}</span>`}</summary>`,
    ...(step === undefined ? [] : [`<p>${code(step.file)}</p>`]),
    ...(step?.description == null ? [] : [`<p>${prose(step.description)}</p>`]),
    ...list(facts.map(factHtml)),
    ...(sql === '' ? [] : [`<pre>${escapeHtml(sql)}</pre>`]),
    '</details>',
  ].join('');
}

function changeLines({ pending, changes }: DatabaseReport): readonly string[] {
  if (pending.length === 0) return [];
  if (changes === undefined) return ['<h3>The schema</h3>', `<p>${unknownChanges}</p>`];
  const { objects, before, after } = changes;
  if (objects.length === 0) return ['<h3>The schema</h3>', '<p>The pending migrations leave the schema as it is.</p>'];
  const { model, changes: states } = changedTables(objects, before, after);
  const drawn = model.tables.length === 0 ? '' : renderDiagram('svg', model, { views: false, changes: states });
  const lines = objects.flatMap(differenceLines).map(differenceHtml);
  return [
    `<h3>The schema: ${plural(objects.length, 'difference')}</h3>`,
    ...(drawn === '' ? [] : [`<figure>${drawn}</figure>`]),
    `<pre class="r-lines">${lines.join('')}</pre>`,
  ];
}

function differenceHtml(line: string): string {
  const kind = line.startsWith('+')
    ? 'r-plus'
    : line.startsWith('-')
      ? 'r-minus'
      : line.startsWith('!')
        ? 'r-other'
        : '';
  return `<span${kind === '' ? '' : ` class="${kind}"`}>${escapeHtml(line)}</span>`;
}

function factHtml({ text, names }: Fact): string {
  return names === undefined ? escapeHtml(text) : `${escapeHtml(text)} ${names.map(code).join(', ')}`;
}

function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

function prose(text: string): string {
  return linesOf(text)
    .map((parts) => parts.map((part) => (part.isCode ? code(part.text) : escapeHtml(part.text))).join(''))
    .join('<br>');
}
