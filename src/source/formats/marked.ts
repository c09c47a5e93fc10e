import type { FormatFile } from '../../migration/index.ts';
import { placeholder, type Format, type FormatSettings } from './format.ts';
import { markerFormat, type MarkerKind } from './markers.ts';

/** `-- +goose Up` and the like; the word after the tool's is the part. */
function command(tool: string): (line: string) => MarkerKind | undefined {
  const pattern = new RegExp(String.raw`^\s*--\s*\+${tool}\s+(up|down)\b`, 'i');
  return (line) => pattern.exec(line)?.[1]?.toLowerCase() as MarkerKind | undefined;
}

/** `-- Up`, `-- migrate:up`: two patterns. */
function either(up: RegExp, down: RegExp): (line: string) => MarkerKind | undefined {
  return (line) => (up.test(line) ? 'up' : down.test(line) ? 'down' : undefined);
}

/** Between `ENVSUB ON` and `OFF` goose puts in what the environment has; here the options have it. */
function substitute(text: string, file: FormatFile, settings: FormatSettings): string {
  return text.replace(
    /^[ \t]*--[ \t]*\+goose[ \t]+envsub[ \t]+on\b[^]*?(?=^[ \t]*--[ \t]*\+goose[ \t]+envsub[ \t]+off\b|(?![^]))/gim,
    (part) =>
      part.replace(
        /\$\{(\w+)(?::?-([^{}\r\n]*))?\}|\$([A-Za-z_]\w*)/g,
        (_, name: string | undefined, other: string | undefined, bare: string) =>
          name !== undefined && other !== undefined && settings.placeholders?.[name] === undefined
            ? other
            : placeholder(name ?? bare, file, 'goose', settings),
      ),
  );
}

const goose: Format = markerFormat({
  name: 'goose',
  title: 'goose',
  keyedBy: 'version',
  marker: command('goose'),
  example: '-- +goose Up',
  downExample: '-- +goose Down',
  file: /^\d+_[^/]*\.sql$/i,
  key: 'digits',
  noTransaction: /^\s*--\s*\+goose\s+no\s+transaction\b/im,
  code: { files: /^\d+_[^/]*(?<!_test)\.go$/, language: 'Go' },
  change: substitute,
});

const sqlMigrate: Format = markerFormat({
  name: 'sql-migrate',
  title: 'sql-migrate',
  keyedBy: 'name',
  marker: command('migrate'),
  example: '-- +migrate Up',
  downExample: '-- +migrate Down',
  file: /^[^/]+\.sql$/i,
  key: 'file',
  noTransaction: /^\s*--\s*\+migrate\s+up\b.*\bnotransaction\b/im,
});

const micrate: Format = markerFormat({
  name: 'micrate',
  title: 'micrate',
  keyedBy: 'version',
  marker: command('micrate'),
  example: '-- +micrate Up',
  downExample: '-- +micrate Down',
  key: 'digits',
});

const dbmate: Format = markerFormat({
  name: 'dbmate',
  title: 'dbmate',
  keyedBy: 'version',
  marker: either(/^\s*--\s*migrate:up\b/i, /^\s*--\s*migrate:down\b/i),
  example: '-- migrate:up',
  downExample: '-- migrate:down',
  key: 'digits',
  noTransaction: /^\s*--\s*migrate:up\b.*\btransaction:false\b/im,
});

const rambler: Format = markerFormat({
  name: 'rambler',
  title: 'rambler',
  keyedBy: 'name',
  marker: either(/^\s*--\s*rambler\s+up\b/i, /^\s*--\s*rambler\s+down\b/i),
  example: '-- rambler up',
  downExample: '-- rambler down',
  file: /^[^/]+\.sql$/i,
  key: 'file',
});

const nodePgMigrate: Format = markerFormat({
  name: 'node-pg-migrate',
  title: 'node-pg-migrate',
  keyedBy: 'name',
  marker: either(/^\s*--\s*up\s+migration\b/i, /^\s*--\s*down\s+migration\b/i),
  example: '-- Up Migration',
  downExample: '-- Down Migration',
  key: 'stem',
});

const nodeSqlite: Format = markerFormat({
  name: 'node-sqlite',
  title: 'node-sqlite',
  keyedBy: 'version',
  marker: either(/^\s*--\s*up\b/i, /^\s*--\s*down\b/i),
  // Its own test would also find a comment that begins with the word.
  strict: /^\s*--\s*(?:up|down)$/i,
  example: '-- Up',
  downExample: '-- Down',
  key: 'digits',
  startsUp: true,
});

const tern: Format = markerFormat({
  name: 'tern',
  title: 'tern',
  keyedBy: 'version',
  marker: either(/(?!)/, /^-{2,}\s*create above\s*\/\s*drop below\s*-*$/i),
  strict: /^-{2,}\s*create above\s*\/\s*drop below\s*-*$/i,
  example: '---- create above / drop below ----',
  downExample: '---- create above / drop below ----',
  key: 'digits',
  startsUp: true,
});

const play: Format = markerFormat({
  name: 'play',
  title: 'Play evolutions',
  keyedBy: 'version',
  marker: either(/^\s*(?:#|--)[-\s]*!Ups\b/i, /^\s*(?:#|--)[-\s]*!Downs\b/i),
  example: '# --- !Ups',
  downExample: '# --- !Downs',
  file: /^\d+\.sql$/i,
  nameless: true,
  key: 'digits',
  anyLine: true,
  // A semicolon within a statement is written twice, and `#` begins a comment.
  change: (text) => text.replace(/^#[^\r\n]*/gm, (line) => `--${line.slice(2)}`).replaceAll(';;', '; '),
});

/** The formats whose files are recognised by a line in them. */
export const markedFormats: readonly Format[] = [
  goose,
  sqlMigrate,
  micrate,
  dbmate,
  rambler,
  nodePgMigrate,
  nodeSqlite,
  tern,
  play,
];
