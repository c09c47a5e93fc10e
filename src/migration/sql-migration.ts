import type { Host } from '../bridge/index.ts';
import { dunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { normalize, tokenize } from '../sql/index.ts';
import { hash } from './checksum.ts';
import { namesFile, readDirectives, readHeader, refuseStrayBatches } from './directives.ts';
import { throwProblems } from './problems.ts';
import { Script, type Origin } from './script.ts';
import type { FormatMigration, FormatPart } from './format.ts';
import { isRepeatable, repeatableProblems } from './repeatable.ts';
import { reportMisleading } from './misleading-lines.ts';
import { findMarkers, findSections, readSection } from './sections.ts';
import type { Directives, Identity, Section, SqlContent, SqlMigration, SquashLines } from './types.ts';
import { constantResult, readVerification } from './verification.ts';

/** An SQL file, read and hashed. It is parsed on first use: most runs find it applied and never parse it. */
export class SqlFile implements SqlMigration {
  readonly kind = 'sql';
  readonly version: number;
  readonly name: string;
  readonly id: string;
  readonly file: string;
  readonly text: string;
  readonly textHash: string;
  readonly origin: FormatMigration | undefined;
  readonly squash: SquashLines | undefined;
  readonly #host: Pick<Host, 'sha256'>;
  #parsed: Pick<SqlMigration, 'content' | 'checksum'> | undefined;

  constructor(
    identity: Identity,
    text: string,
    host: Pick<Host, 'sha256'>,
    origin?: FormatMigration,
    squash?: SquashLines,
  ) {
    this.version = identity.version;
    this.name = identity.name;
    this.id = identity.id;
    this.file = identity.file;
    this.text = text;
    this.textHash = hash(host, text);
    this.origin = origin;
    this.squash = squash;
    this.#host = host;
  }

  get content(): SqlContent {
    return this.#parse().content;
  }

  get checksum(): string {
    return this.#parse().checksum;
  }

  #parse(): Pick<SqlMigration, 'content' | 'checksum'> {
    if (this.#parsed === undefined) {
      const { file, id, version, name, origin } = this;
      const migration = { version, name };
      const { content, normalized } =
        origin?.up === undefined
          ? parse(this.text, { file, id, migration })
          : parseParts(origin.up, origin, { id, migration });
      if (isRepeatable(this)) throwProblems(file, repeatableProblems(this, content));
      // Hashed at once, so that a thousand texts are not kept a second time.
      const checksum = hash(this.#host, normalized);
      if (this.squash !== undefined && this.squash.checksum !== checksum)
        throw dunlinError(
          'SQUASH_CHANGED',
          { squash: file, version, changed: { kind: 'squash' } },
          { migration: refOf(this) },
        );
      this.#parsed = { content, checksum };
    }
    return this.#parsed;
  }
}

/** A parsed file, and the text whose hash is its checksum. */
interface ParsedSql {
  readonly content: SqlContent;
  readonly normalized: string;
}

/**
 * Parses an SQL file. Throws all its problems at once: one error, or SEVERAL_PROBLEMS.
 *
 * ```ts
 * const { up, down, directives } = parseSql(text, { file: 'migrations/002_add_user_roles.sql' });
 * ```
 */
export function parseSql(text: string, origin: Origin): SqlContent {
  return parse(text, origin).content;
}

function parse(text: string, origin: Origin): ParsedSql {
  const script = new Script(text, origin);
  const directives = readDirectives(script);
  const markers = findMarkers(script);
  const ranges = findSections(script, markers);
  // With a wrong marker it is not certain where the sections are.
  throwProblems(origin.file, inOrder(script));

  const firstToken = script.tokens.find((token) => token.kind !== 'comment')?.start ?? text.length;
  const header = readHeader(script, Math.min(firstToken, markers[0]?.comment.start ?? text.length));
  const up = readSection(script, ranges.up, directives.batches);
  const down = ranges.down === undefined ? undefined : readSection(script, ranges.down, directives.batches);
  const verify = ranges.verify === undefined ? [] : readVerification(script, ranges.verify);
  refuseStrayBatches(script, directives, down === undefined ? [up] : [up, down]);
  throwProblems(origin.file, inOrder(script));

  const warnings = findWarnings({ header, up, down, verify }, origin);
  return {
    content: { header, directives, up, down, verify, warnings },
    normalized: normalize(script.tokensOf(ranges.up)),
  };
}

/** Parses a migration whose parts another tool's format has found. */
function parseParts(up: FormatPart, origin: FormatMigration, identity: Omit<Origin, 'file'>): ParsedSql {
  const upPart = readPart(up, 'up', origin, identity);
  const down = origin.down === undefined ? undefined : readPart(origin.down, 'down', origin, identity);
  const { script } = upPart;
  const header = { ...readHeader(script, script.tokens[0]?.start ?? 0), migration: undefined };
  const content = {
    header,
    directives: marked(upPart.directives, origin, upPart.section),
    up: upPart.section,
    down: down?.section,
    idle: upPart.section.statements.every(({ sql }) => /^vacuum\b/i.test(sql)),
    verify: [],
    misleading: [...upPart.misleading, ...(down?.misleading ?? [])],
    warnings: [],
  };
  return { content, normalized: normalize(script.tokensOf({ start: 0, end: up.sql.length })) };
}

interface ParsedPart {
  readonly script: Script;
  readonly directives: Directives;
  readonly section: Section;
  readonly misleading: readonly DunlinError[];
}

function readPart(
  { file, source, sql }: FormatPart,
  part: 'up' | 'down',
  { back }: FormatMigration,
  identity: Omit<Origin, 'file'>,
): ParsedPart {
  const script = new Script(sql, { ...identity, file, source });
  const directives = readDirectives(script);
  const section = readSection(script, { start: 0, end: sql.length }, directives.batches);
  refuseStrayBatches(script, directives, [section]);
  throwProblems(file, inOrder(script));
  // The tool may have run the file as it is: what is applied must stay readable.
  reportMisleading(script, part, back);
  return { script, directives, misleading: inOrder(script), section: { ...section, source: { file, text: source } } };
}

/** The directives, with what the file says in the words of its tool. */
function marked(own: Directives, { noTransaction, destructive }: FormatMigration, up: Section): Directives {
  return {
    ...own,
    destructive: own.destructive === true ? true : [...own.destructive, ...destructive],
    noTransaction: own.noTransaction || (noTransaction && needsNoTransaction(up)),
  };
}

/** Most files that ask for no transaction only switch foreign keys off, which a run does anyway. */
function needsNoTransaction({ statements }: Section): boolean {
  return statements.some(({ sql }) => outsideOnly.test(sql));
}

const outsideOnly = /^(?:vacuum\b|pragma\s+(?:\w+\s*\.\s*)?(?:journal_mode|auto_vacuum|page_size|wal_checkpoint)\b)/i;

function inOrder({ problems }: Script): readonly DunlinError[] {
  return problems.sort((a, b) => a.location!.offset - b.location!.offset);
}

function findWarnings(
  { header, up, down, verify }: Omit<SqlContent, 'warnings' | 'directives'>,
  origin: Origin,
): string[] {
  const warnings: string[] = [];
  if (up.statements.length === 0)
    warnings.push(
      isUnfilled(up.text)
        ? 'is not filled in: `up` refuses it without --allow-empty'
        : 'has no statements: `up` would record it without changing anything',
    );
  if (down?.statements.length === 0) warnings.push('its DOWN part is empty: it cannot be rolled back');
  if (header.migration !== undefined && origin.id !== undefined && !namesFile(header.migration, origin.id)) {
    warnings.push(`its header says "Migration: ${header.migration}", but the file is ${origin.id}`);
  }
  for (const query of verify) {
    const result = constantResult(query);
    if (result !== undefined) warnings.push(`verification query "${query.name}" ${result}`);
  }
  return warnings;
}

const templateLine = /^--\s*(?:migration|description|author|date|schema[- ]version|dunlin)\s*:/i;

/**
 * Whether an UP part is as `dunlin create` leaves it: no statement, and no comment but header lines and directives. Any
 * other comment says that the migration does nothing on purpose.
 */
export function isUnfilled(up: string): boolean {
  return tokenize(up).every(({ kind, text }) => text === ';' || (kind === 'comment' && templateLine.test(text)));
}

/** What `create` writes into the UP part of another tool's format, whose empty files may be there on purpose. */
export const unfilledLine = '-- Write the SQL of this migration here.';

/** Whether the UP part of a migration, in any format, is as `create` leaves it. */
export function isAsCreated({ content: { up }, origin }: SqlMigration): boolean {
  return origin === undefined ? up.statements.length === 0 && isUnfilled(up.text) : up.text.trim() === unfilledLine;
}
