import { plural } from '../../../errors/index.ts';
import { pendingText, verdict } from './facts.ts';
import type { DatabaseReport, Finding, Report } from './model.ts';

/**
 * Commands for the log of GitHub Actions, which shows each as an annotation of its line, and a line for each database:
 * `::error file=...,line=...,col=...,title=CODE::message`.
 */
export function github(report: Report): string {
  const several = report.databases.length > 1;
  const lines = report.databases.flatMap((database) => {
    const about = several ? `${database.title}: ` : '';
    return [
      ...database.findings.map((finding) => command(finding, about)),
      ...(database.pendingRefused
        ? [`::error title=pending::${data(`${about}${pendingText(database)}. --allow-pending accepts them.`)}`]
        : []),
      // A line that begins with the name of a database could be a command itself.
      `check of ${database.title}: ${verdictOf(database)}`,
    ];
  });
  return lines.map((line) => `${line}\n`).join('');
}

function verdictOf(database: DatabaseReport): string {
  return `${plural(database.total, 'migration')}, ${verdict(database)}`;
}

function command({ level, code, message, hint, place }: Finding, about: string): string {
  const properties = [
    ...(place === undefined ? [] : [`file=${property(place.file)}`, `line=${place.line}`]),
    ...(place?.column === undefined ? [] : [`col=${place.column}`]),
    `title=${property(code)}`,
  ];
  return `::${level} ${properties.join(',')}::${data(`${about}${message}${hint === '' ? '' : `\n\n${hint}`}`)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
