import { github } from './github.ts';
import { html } from './html.ts';
import { markdown } from './markdown.ts';
import type { Report } from './model.ts';
import { sarif } from './sarif.ts';

export { buildReport } from './model.ts';

/** What a report is written as. `text` and `json` are the other formats of `check`. */
export type ReportFormat = 'github' | 'markdown' | 'html' | 'sarif';

const writers: Readonly<Record<ReportFormat, (report: Report) => string>> = { github, markdown, html, sarif };

export function renderReport(format: ReportFormat, report: Report): string {
  return writers[format](report);
}
