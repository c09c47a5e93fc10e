import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { catalogue, type ErrorCode } from '../../../errors/index.ts';
import { version } from '../../../version.ts';
import type { Finding, Place, Report } from './model.ts';

/** The root of the repository, which the reader of the file knows. */
const root = '%SRCROOT%';

/**
 * SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), with what GitHub's code scanning needs: a location for each
 * result, and a fingerprint by which it is the same result in the next run. Pending migrations are no result.
 */
export function sarif(report: Report): string {
  const all = report.databases.flatMap(({ title, findings, directory }) =>
    findings.map((finding) => ({ title, finding, directory })),
  );
  const codes = [...new Set(all.map(({ finding }) => finding.code))].sort();
  const seen = new Map<string, number>();
  const several = report.databases.length > 1;
  const results = all.map(({ title, finding, directory }) => {
    const print = fingerprint(finding, several ? title : '');
    const before = seen.get(print) ?? 0;
    seen.set(print, before + 1);
    const about = several ? `${title}: ` : '';
    return {
      ruleId: finding.code,
      ruleIndex: codes.indexOf(finding.code),
      level: finding.level,
      message: { text: message(`${about}${finding.message}${finding.hint === '' ? '' : `\n\n${finding.hint}`}`) },
      locations: [{ physicalLocation: physicalLocation(finding.place ?? directory) }],
      partialFingerprints: { 'dunlinFinding/v1': before === 0 ? print : `${print}:${before}` },
      properties: { database: title },
    };
  });
  const run = {
    tool: { driver: { name: 'Dunlin', semanticVersion: version, rules: codes.map(rule) } },
    automationDetails: { id: 'dunlin/check/' },
    originalUriBaseIds: { [root]: { description: { text: 'The root of the repository.' } } },
    columnKind: 'utf16CodeUnits',
    results,
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function rule(code: string): object {
  const meaning = (catalogue[code as ErrorCode] as { readonly meaning: string } | undefined)?.meaning;
  // A failure that is not Dunlin's has no entry.
  const text = meaning ?? 'A fault of Dunlin or of the machine.';
  return {
    id: code,
    shortDescription: { text: code.toLowerCase().replaceAll('_', ' ') },
    fullDescription: { text },
    help: { text, markdown: text },
  };
}

/** `[text](target)` is a link in a message (3.11.6), so the bracket is escaped. */
function message(text: string): string {
  return text.replaceAll(/\[(?=[^\]]*\]\()/g, '\\[');
}

/** What is about the database alone has the directory of the migrations as its place. */
function physicalLocation({ file, isInside, line, column }: Place): object {
  const region = { startLine: line, ...(column === undefined ? {} : { startColumn: column }) };
  if (!isInside) return { artifactLocation: { uri: pathToFileURL(file).href }, region };
  return { artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: root }, region };
}

/** The same for the same finding after lines were added: without the numbers in its message. */
function fingerprint({ code, message: text, place }: Finding, database: string): string {
  const facts = [code, database, place?.file ?? '', text.replaceAll(/\d+/g, '#')];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}
