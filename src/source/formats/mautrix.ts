import { readText, type FormatFile, type FormatPart } from '../../migration/index.ts';
import { linesOf, type Line } from './blank.ts';
import { lazyMigration, peek, rewrite, splitName, stemOf, type Folder, type Format } from './format.ts';

/** `-- v3 -> v5 (compatible with v1+): Add a table`, `-- v1: Create`. */
const header = /^-- (?:v(\d+) -> )?v(\d+)(?: \(compatible with v\d+\+\))?: .*/;

/** `02-a.sql`, `v02-a.sql`. The number is not read: the header has the version. */
const upgradeFile = /^v?\d+-[^/]*\.sql$/i;

/** `05-a.go`, which goes from v4 to v5. */
const codeFile = /^v?0*(?<to>\d+)-[^/]*(?<!_test)\.go$/i;

interface Upgrade {
  readonly file: FormatFile;
  readonly from: number;
  readonly to: number;
}

export const mautrix: Format = {
  name: 'mautrix',
  title: 'go.mau.fi/util/dbutil',
  keyedBy: 'version',
  recognise: (files) => {
    const first = files.find(({ name }) => upgradeFile.test(name));
    const [line] = first === undefined ? [] : (header.exec(peek(first)) ?? []);
    return line === undefined ? undefined : `"${line.trim()}" in ${first!.name}`;
  },
  read: readUpgrades,
};

function readUpgrades(folder: Folder): void {
  const found: Upgrade[] = [];
  for (const file of folder.files) {
    const code = codeFile.exec(file.name)?.groups;
    if (code !== undefined) found.push({ file, from: Number(code['to']) - 1, to: Number(code['to']) });
    if (!/^[^/]+\.sql$/i.test(file.name)) continue;
    if (/\.postgres\.sql$/i.test(file.name)) {
      folder.ignore(file, 'for Postgres');
      continue;
    }
    const [line, from, to] = header.exec(folder.text(file)) ?? [];
    if (line === undefined) folder.ignore(file, 'has no header such as "-- v1 -> v2: ..."', true);
    else found.push({ file, from: Number(from ?? Number(to) - 1), to: Number(to) });
  }
  found.sort((a, b) => a.from - b.from);
  // A file may go over several versions at once; those that begin below its end are for databases that began earlier.
  let at = 0;
  for (const one of found) {
    if (one.from < at) {
      folder.ignore(one.file, 'for databases that an older release has created');
      continue;
    }
    at = one.to;
    addUpgrade(folder, one);
  }
}

function addUpgrade(folder: Folder, { file, to }: Upgrade): void {
  const { name } = splitName(stemOf(file.name).replace(/^v(?=\d)|\.sqlite$/gi, ''));
  const named = { key: String(to), number: String(to), name, id: stemOf(file.name), back: folder.back() };
  if (codeFile.test(file.name)) folder.refuse(file, named, 'it is written in Go', rewrite);
  else
    folder.add(
      lazyMigration({ ...named, files: [file] }, () => ({
        up: forSqlite(file),
        noTransaction: /^--\s*transaction:\s*(?:off|sqlite-fkey-off)\b/im.test(readText(file)),
      })),
    );
}

/** `-- only: postgres`, and until where: the next line, `for next 3 lines`, `until "end only"`. */
const only = /^\s*-- only: (postgres|sqlite)(?: for next (\d+) lines| until "(end) only")?(?: \(lines? (commented)\))?/;

/** The SQL without the lines for Postgres, and with those for SQLite that are commented out. */
function forSqlite(file: FormatFile): FormatPart {
  const source = readText(file);
  const lines = [...linesOf(source)];
  const written = lines.map(({ start, next }) => source.slice(start, next));
  for (let i = 0; i < lines.length; i++) {
    const [, dialect, count, until, commented] = only.exec(lines[i]!.text) ?? [];
    if (dialect === undefined) continue;
    const last = until === undefined ? i + Number(count ?? 1) : endOf(lines, i);
    // Below the header the directive is about the whole file.
    const isWhole = count === undefined && until === undefined && firstLine(lines) === i;
    const end = dialect === 'postgres' && isWhole ? lines.length - 1 : last;
    for (let at = i + 1; at <= end && at < lines.length; at++) {
      if (dialect === 'postgres') written[at] = written[at]!.replace(/[^\r\n]/g, ' ');
      else if (commented !== undefined) written[at] = written[at]!.replace(/^--/, '  ');
    }
    i = end;
  }
  return { file: file.path, source, sql: written.join('') };
}

/** The line `-- end only sqlite`, or the last of the file. */
function endOf(lines: readonly Line[], start: number): number {
  const found = lines.findIndex(({ text }, i) => i > start && /^\s*-- end only (?:postgres|sqlite)$/.test(text));
  return found === -1 ? lines.length - 1 : found;
}

/** The line below the header, and below what it says about the transaction. */
function firstLine(lines: readonly Line[]): number {
  return lines[1]?.text.startsWith('-- transaction:') === true ? 2 : 1;
}
