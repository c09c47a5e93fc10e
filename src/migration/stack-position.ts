import type { ErrorDetails } from '../errors/index.ts';

/** The position where a value was thrown, if that is in the migration's file. */
export type StackPosition = Pick<ErrorDetails, 'location' | 'source'>;

/**
 * The position in a migration's module from an error's stack, which is text: the innermost call in that file, or the
 * syntax error. Empty if the stack does not contain the file: in a bundle, or if other calls fill the stack
 * (`Error.stackTraceLimit`).
 */
export function stackPosition(
  error: unknown,
  { file, text }: { readonly file: string; readonly text: string },
): StackPosition {
  const stack = error instanceof Error || hasStack(error) ? error.stack : undefined;
  const name = /[^\\/]+$/.exec(file)?.[0];
  if (stack === undefined || name === undefined) return {};
  // A file URL percent-encodes letters that are not ASCII.
  const names = [name, encodeURI(name)].map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const found = new RegExp(
    String.raw`^(?: +at .*?[/\\(]| *\S*[/\\])(?:${names.join('|')})(?:\?[^:\s]*)?:(\d+)(?::(\d+))?\)?$`,
    'm',
  ).exec(stack);
  if (found === null) return {};
  const line = Number(found[1]);
  const lines = text.split('\n');
  const written = lines[line - 1];
  // A module that was passed as a value has no text.
  if (written === undefined) return {};
  const indent = /^\s*/.exec(written)![0].length;
  // Removed types shift the columns after them.
  const isExact = found[2] !== undefined && !/\.[cm]?ts$/i.test(name);
  const column = isExact && Number(found[2]) <= written.length ? Number(found[2]) : indent + 1;
  const offset = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, column - 1);
  return { location: { file, line, column, offset }, source: text };
}

function hasStack(error: unknown): error is { readonly stack: string } {
  return typeof error === 'object' && error !== null && 'stack' in error && typeof error.stack === 'string';
}
