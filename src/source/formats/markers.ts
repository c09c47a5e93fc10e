import { dunlinError } from '../../errors/index.ts';
import {
  commentsIn,
  hasOwnMarker,
  readText,
  type FormatFile,
  type FormatName,
  type FormatPart,
} from '../../migration/index.ts';
import { linesOf, partOf, type TextRange } from './blank.ts';
import {
  baseOf,
  byOwnNumber,
  byCodeUnits,
  lazyMigration,
  peek,
  rewrite,
  splitName,
  stemOf,
  type Format,
  type FormatSettings,
  type Parts,
} from './format.ts';

/** The part that begins with a line; `none` ends one. */
export type MarkerKind = 'up' | 'down' | 'none';

/** A format in which lines of a file say where its parts begin. */
export interface MarkerSyntax {
  readonly name: FormatName;
  readonly title: string;
  readonly keyedBy: Format['keyedBy'];
  /** Of a line. Undefined for one that is no marker. */
  readonly marker: (line: string) => MarkerKind | undefined;
  /** A line that only this tool has, if `marker` is less strict than that. */
  readonly strict?: RegExp;
  /** As its documentation writes it: `-- +goose Up`. */
  readonly example: string;
  /** The line above the DOWN part. */
  readonly downExample: string;
  /** The names of its files. Default: digits in front, `.sql`. */
  readonly file?: RegExp;
  /** The digits of the version as the tool has them in its table, or the whole name. */
  readonly key: 'digits' | 'file' | 'stem';
  /** Text in front of the first marker is UP. Default false: it belongs to no part. */
  readonly startsUp?: boolean;
  /** Whether lines that are not comments in SQL can be markers. */
  readonly anyLine?: boolean;
  /** Whether the files are called by their version alone. */
  readonly nameless?: boolean;
  /** Whether the UP part runs outside a transaction. */
  readonly noTransaction?: RegExp;
  /** Changes the text; every line stays where it is. */
  readonly change?: (text: string, file: FormatFile, settings: FormatSettings) => string;
  /** Migrations in code, which the tool runs among the others. */
  readonly code?: { readonly files: RegExp; readonly language: string };
}

export function markerFormat(syntax: MarkerSyntax): Format {
  const names = syntax.file ?? /^\d+[^/]*\.sql$/i;
  return {
    name: syntax.name,
    title: syntax.title,
    keyedBy: syntax.keyedBy,
    recognise: (files) => {
      const first = files.find(({ name }) => names.test(name));
      return first !== undefined && hasMarker(first, syntax) ? `"${syntax.example}" in ${first.name}` : undefined;
    },
    draft: ({ number, name, separator, up, down }) => {
      const file = syntax.nameless === true ? `${number}.sql` : `${number}${separator}${name}.sql`;
      // A tool with one marker has it between the parts.
      const head = syntax.example === syntax.downExample ? '' : `${syntax.example}\n`;
      return [{ name: file, text: `${head}${up}\n\n${syntax.downExample}\n${down}\n` }];
    },
    read: (folder, settings) => {
      const { code } = syntax;
      const found = folder.files
        .filter(({ name }) => names.test(name) || code?.files.test(name) === true)
        .map((file) => ({ file, ...splitName(stemOf(file.name)) }));
      found.sort((a, b) => byOwnNumber(a, b) || byCodeUnits(a.file.name, b.file.name));
      // Where all is applied, nothing is parsed, and a wrong format would show only in a new database.
      const first = found.find(({ file }) => names.test(file.name))?.file;
      if (first !== undefined && syntax.startsUp !== true && !hasLine(first, syntax))
        folder.report(
          `${first.name} has no line "${syntax.example}"`,
          'Name the format that the files have (`format` in the configuration), or write that line above the part that is to be applied.',
        );
      for (const { file, number, name } of found) {
        const back = folder.back(`${file.path}, below the line \`${syntax.downExample}\``);
        const named = { key: keyOf(file, number, syntax), number, name, id: stemOf(file.name), back };
        if (names.test(file.name))
          folder.add(lazyMigration({ ...named, files: [file] }, () => findParts(file, syntax, settings)));
        else folder.refuse(file, named, `it is written in ${code!.language}`, rewrite);
      }
    },
  };
}

function keyOf(file: FormatFile, number: string | undefined, { key }: MarkerSyntax): string {
  return key === 'digits' ? String(Number(number)) : key === 'file' ? baseOf(file.name) : stemOf(file.name);
}

/** Whether a file has a line that begins the UP part, or cannot be read, which is reported later. */
function hasLine(file: FormatFile, { marker }: MarkerSyntax): boolean {
  const lines = [...linesOf(peek(file))];
  return lines.length === 0 || lines.some(({ text }) => marker(text) === 'up');
}

/** Whether a file has a marker of the tool, and none of Dunlin's. */
function hasMarker(file: FormatFile, syntax: MarkerSyntax): boolean {
  let found = false;
  for (const { text } of linesOf(peek(file))) {
    if (hasOwnMarker(text)) return false;
    found ||= syntax.strict?.test(text) ?? syntax.marker(text) === 'up';
  }
  return found;
}

function findParts(file: FormatFile, syntax: MarkerSyntax, settings: FormatSettings): Parts {
  const written = readText(file);
  const source = syntax.change?.(written, file, settings) ?? written;
  const ranges: Record<MarkerKind, TextRange[]> = { up: [], down: [], none: [] };
  let part: MarkerKind = syntax.startsUp === true ? 'up' : 'none';
  let start = 0;
  let hasUp = part === 'up';
  for (const { kind, at, next } of markersIn(source, syntax)) {
    ranges[part].push({ start, end: at });
    [part, start] = [kind, next];
    hasUp ||= kind === 'up';
  }
  ranges[part].push({ start, end: source.length });
  if (!hasUp)
    throw dunlinError('FORMAT_FILE', {
      file: file.path,
      tool: syntax.title,
      fact: `it has no line "${syntax.example}"`,
      way: `Write that line above the part that is to be applied, or move the file out of the directory.`,
    });
  return {
    up: { ...partOf(file.path, source, ranges.up), ...(written.length === source.length ? { source: written } : {}) },
    down: downPart(file.path, source, ranges.down),
    noTransaction: syntax.noTransaction?.test(source) ?? false,
  };
}

/** Of several DOWN parts the last comes first, because it undoes what came last. */
function downPart(file: string, source: string, ranges: readonly TextRange[]): FormatPart | undefined {
  if (ranges.length <= 1) return ranges.length === 0 ? undefined : partOf(file, source, ranges);
  const text = ranges
    .map(({ start, end }) => source.slice(start, end))
    .toReversed()
    .join('\n');
  return { file, source: text, sql: text };
}

interface FoundMarker {
  readonly kind: MarkerKind;
  readonly at: number;
  /** Where the next line begins. */
  readonly next: number;
}

/** The markers of a text. A line inside a string or a block comment is none. */
function markersIn(text: string, { marker, anyLine }: MarkerSyntax): readonly FoundMarker[] {
  const found: FoundMarker[] = [];
  for (const { text: line, start, next } of linesOf(text)) {
    const kind = marker(line);
    if (kind !== undefined) found.push({ kind, at: start, next });
  }
  if (anyLine === true || found.length === 0) return found;
  const comments = new Set(commentsIn(text).flatMap(({ isLine, start }) => (isLine ? [lineStart(text, start)] : [])));
  return found.filter(({ at }) => comments.has(at));
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}
