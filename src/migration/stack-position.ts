import type { ErrorDetails } from '../errors/index.ts';

/** What a thrown value says of where it was thrown, if that was in a migration's own file. */
export type StackPosition = Pick<ErrorDetails, 'location' | 'source'>;

/**
 * The place in a migration's module that an error comes from, by its stack, which is text: the innermost call in that
 * file, or where it could not be parsed. Nothing where the stack does not name the file: a bundle, or an engine's own
 * calls that took all the lines there are (`Error.stackTraceLimit`).
 */
export function stackPosition(
  error: unknown,
  { file, text }: { readonly file: string; readonly text: string },
): StackPosition {
  const stack = error instanceof Error || hasStack(error) ? error.stack : undefined;
  const name = /[^\\/]+$/.exec(file)?.[0];
  if (stack === undefined || name === undefined) return {};
  // A file URL has the letters that are not ASCII in another form.
  const names = [name, encodeURI(name)].map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const found = new RegExp(
    String.raw`^(?: +at .*?[/\\(]| *\S*[/\\])(?:${names.join('|')})(?:\?[^:\s]*)?:(\d+)(?::(\d+))?\)?$`,
    'm',
  ).exec(stack);
  if (found === null) return {};
  const line = Number(found[1]);
  const lines = text.split('\n');
  const written = lines[line - 1];
  // Of a module that was given as a value the text is not at hand.
  if (written === undefined) return {};
  const indent = /^\s*/.exec(written)![0].length;
  // Where types were taken out of a line, what is behind them is no longer at its column.
  const isExact = found[2] !== undefined && !/\.[cm]?ts$/i.test(name);
  const column = isExact && Number(found[2]) <= written.length ? Number(found[2]) : indent + 1;
  const offset = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, column - 1);
  return { location: { file, line, column, offset }, source: text };
}

function hasStack(error: unknown): error is { readonly stack: string } {
  return typeof error === 'object' && error !== null && 'stack' in error && typeof error.stack === 'string';
}
