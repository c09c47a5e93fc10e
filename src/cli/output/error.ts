import { isSqlError } from '../../bridge/index.ts';
import { isDunlinError, thrownReason, visible, type DunlinError, type MigrationRef } from '../../errors/index.ts';
import type { Style } from './color.ts';
import { codeFrame } from './code-frame.ts';
import { migrationId } from './format.ts';
import { completeCommands, type Invocation } from './command-hints.ts';
import { wrap } from './table.ts';

export interface ErrorStyle extends Style {
  /** Prints causes and stacks. */
  readonly verbose: boolean;
  /** The database it happened to, if there are several. */
  readonly database?: string | undefined;
  readonly warning?: boolean;
  /** What the commands of a hint need so that they can be typed. */
  readonly invocation?: Invocation;
  readonly path?: (path: string) => string;
}

/** An error for people: what, where in the text, how far it got, what to do next. */
export function renderError(error: unknown, style: ErrorStyle): string[] {
  if (!isDunlinError(error)) return unexpected(error, style);
  // The first of several is reported already if it stands for all of them.
  const others = error.problems.filter(({ code, message }) => code !== error.code || message !== error.message);
  const alike = others.filter((problem) => isAlike(problem, error));
  const lines = one(error, style, alike);
  const inner = { ...style, width: style.width - 2, database: undefined };
  for (const line of renderProblems(
    others.filter((problem) => !alike.includes(problem)),
    inner,
  ))
    lines.push(line === '' ? '' : `  ${line}`);
  lines.push(...howFar(error, style));
  if (error.problems.length === 0 && style.verbose) lines.push(...causes(error, style));
  return lines;
}

/** Several errors, each after an empty line; those with one code and one way out as one. */
export function renderProblems(problems: readonly DunlinError[], style: ErrorStyle): string[] {
  const firsts = problems.filter((problem, i) => problems.findIndex((other) => isAlike(other, problem)) === i);
  return firsts.flatMap((first) => {
    const alike = problems.filter((problem) => problem !== first && isAlike(problem, first));
    return ['', ...one(first, style, alike), ...(style.verbose ? causes(first, style) : [])];
  });
}

function isAlike(a: DunlinError, b: DunlinError): boolean {
  return a === b || (a.code === b.code && a.hint === b.hint && a.location === undefined && b.location === undefined);
}

/** `alike` are errors that differ from it only in their message. */
function one(error: DunlinError, style: ErrorStyle, alike: readonly DunlinError[] = []): string[] {
  const { colors } = style;
  const place = error.location;
  const where = place === undefined ? '' : `  ${place.file}${place.line > 0 ? `:${place.line}:${place.column}` : ''}`;
  const lines = [`${title(error.code, style)}${where}`];

  const label = reason(error);
  const frame =
    place === undefined || place.line < 1 || error.source === undefined
      ? []
      : codeFrame(error.source, place.line, place.column, { colors, width: style.width, label });
  // The caret's label says what the message would say again.
  if (frame.length === 0 || label === undefined) lines.push('', ...indented(headline(error), style));
  if (frame.length > 0) lines.push('', ...frame);
  for (const { message } of alike) lines.push(...indented(message, style));
  const { invocation } = style;
  const hint = invocation === undefined ? error.hint : completeCommands(error.hint, invocation);
  if (hint !== '') lines.push('', ...indented(hint, style));
  return lines;
}

/** The message; of SEVERAL_PROBLEMS its first line, because the problems follow one by one. */
function headline(error: DunlinError): string {
  if (error.code !== 'SEVERAL_PROBLEMS' || error.problems.length === 0) return error.message;
  return error.message.replace(/:\n[^]*$/, '.');
}

/** "error LOCKED", or "error LOCKED  settings" where it could be that of another database. */
function title(code: string, { colors, database, warning }: ErrorStyle): string {
  const kind = warning === true ? colors.yellow(colors.bold('warning')) : colors.red(colors.bold('error'));
  return `${kind} ${colors.bold(code)}${database === undefined ? '' : `  ${database}`}`;
}

/** SQLite's own words, if the message of a failed statement is made of them. */
function reason(error: DunlinError): string | undefined {
  const cause = error.cause;
  if (error.code !== 'STATEMENT_FAILED' || !(cause instanceof Error)) {
    return undefined;
  }
  const message = visible(cause.message);
  if (!error.message.includes(message)) return undefined;
  const code = (cause as { code?: unknown }).code;
  return typeof code === 'string' && code.startsWith('SQLITE') ? `${message} (${code})` : message;
}

function howFar(error: DunlinError, style: ErrorStyle): string[] {
  const lines: string[] = [];
  // A redo has each migration twice.
  const list = (refs: readonly MigrationRef[]): string => {
    const ids = [...new Set(refs.map(migrationId))];
    return ids.length <= 6 ? ids.join(', ') : `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more`;
  };
  if (error.applied !== undefined && error.applied.length > 0) lines.push(`done before it: ${list(error.applied)}`);
  if (error.pending !== undefined && error.pending.length > 0) lines.push(`not done: ${list(error.pending)}`);
  if (error.backup !== undefined)
    lines.push(`The backup from before this run is kept: \`${style.path?.(error.backup.file) ?? error.backup.file}\``);
  return lines.length === 0 ? [] : ['', ...lines.flatMap((line) => indented(line, style)).map(style.colors.dim)];
}

function causes(error: DunlinError, style: ErrorStyle): string[] {
  const cause = error.cause;
  if (cause === undefined) return [];
  const stack = cause instanceof Error ? (cause.stack ?? cause.message) : thrownReason(cause);
  const callers = isSqlError(cause) ? cause.callers : undefined;
  const text = callers === undefined ? stack : `${stack}\n  asked by\n${callers}`;
  return ['', ...text.split('\n').map((line) => style.colors.dim(`  ${line}`))];
}

function unexpected(error: unknown, style: ErrorStyle): string[] {
  const message = visible(thrownReason(error));
  const lines = [title('UNEXPECTED', style), '', ...indented(message, style), ''];
  if (style.verbose && error instanceof Error)
    return [...lines, ...(error.stack ?? '').split('\n').map((line) => `  ${line}`)];
  return [
    ...lines,
    ...indented('This is a fault of Dunlin or of the machine. Run it again with --verbose for the details.', style),
  ];
}

function indented(text: string, style: ErrorStyle): string[] {
  return wrap(text, style.width - 2).map((line) => (line === '' ? '' : `  ${line}`));
}
