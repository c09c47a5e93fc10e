import type { DunlinError } from '../errors/index.ts';
import { normalize } from '../sql/index.ts';
import { refuseStrayBatches } from './batches.ts';
import { readDirectives } from './directives.ts';
import { namesFile, readHeader } from './header.ts';
import { findMarkers } from './markers.ts';
import type { Origin } from './position.ts';
import { throwProblems } from './problems.ts';
import { readScript, type Script } from './script.ts';
import { cutSection, findRanges, tokensIn } from './sections.ts';
import type { SqlContent } from './types.ts';
import { isUnfilled } from './unfilled.ts';
import { futility, readVerification } from './verification.ts';

/** A parsed file, and the text whose hash is its checksum. */
export interface ParsedSql {
  readonly content: SqlContent;
  readonly normalized: string;
}

/**
 * Takes an SQL file apart. Throws what is wrong with it, all at once: one error, or SEVERAL_PROBLEMS.
 *
 * ```ts
 * const { up, down, directives } = parseSql(text, { file: 'migrations/002_add_user_roles.sql' });
 * ```
 */
export function parseSql(text: string, origin: Origin): SqlContent {
  return parse(text, origin).content;
}

export function parse(text: string, origin: Origin): ParsedSql {
  const script = readScript(text, origin);
  const directives = readDirectives(script);
  const markers = findMarkers(script);
  const ranges = findRanges(script, markers);
  // Where the parts are is not known for sure.
  throwProblems(origin.file, inOrder(script));

  const firstToken = script.tokens.find((token) => token.kind !== 'comment')?.start ?? text.length;
  const header = readHeader(script, Math.min(firstToken, markers[0]?.comment.start ?? text.length));
  const up = cutSection(script, ranges.up, directives.batches);
  const down = ranges.down === undefined ? undefined : cutSection(script, ranges.down, directives.batches);
  const verify = ranges.verify === undefined ? [] : readVerification(script, ranges.verify);
  refuseStrayBatches(script, directives, down === undefined ? [up] : [up, down]);
  throwProblems(origin.file, inOrder(script));

  const warnings = warn({ header, up, down, verify }, origin);
  return {
    content: { header, directives, up, down, verify, warnings },
    normalized: normalize(tokensIn(script, ranges.up)),
  };
}

function inOrder({ problems }: Script): readonly DunlinError[] {
  return problems.sort((a, b) => a.location!.offset - b.location!.offset);
}

function warn({ header, up, down, verify }: Omit<SqlContent, 'warnings' | 'directives'>, origin: Origin): string[] {
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
    const fact = futility(query);
    if (fact !== undefined) warnings.push(`verification query "${query.name}" ${fact}`);
  }
  return warnings;
}
