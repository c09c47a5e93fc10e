import picocolors from 'picocolors';
import { visible } from '../../errors/index.ts';

/**
 * Replaces ESC in our own colours until the text is printed. It is random, so that no name of a table or file contains it:
 * their control characters are printed as escapes.
 */
const escMark: string = `\uFDD0${Math.random().toString(36).slice(2)}\uFDD1`;

/** A text that is safe for a terminal: control characters become escapes, our colours stay. */
export function painted(text: string): string {
  return visible(text).replaceAll(escMark, '\x1b');
}

export type Colors = ReturnType<typeof picocolors.createColors>;

/** How something is rendered for people: the colours, and the terminal's width. */
export interface Style {
  readonly colors: Colors;
  readonly width: number;
}

/** Whether a stream gets colours. `--no-color` and NO_COLOR win over FORCE_COLOR, and that over the terminal. */
export function wantsColor(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): boolean {
  if (noColor || (env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/**
 * Colours for text that goes through `painted`: with a mark in place of ESC. An ESC in the text itself is not ours and
 * is printed as an escape.
 */
export function markedColors(enabled: boolean): Colors {
  const plain = colors(enabled);
  if (!enabled) return plain;
  const marked = Object.entries(plain).map(([name, color]) =>
    typeof color === 'function'
      ? [name, (text: string | number): string => color(painted(String(text))).replaceAll('\x1b', escMark)]
      : [name, color],
  );
  return Object.fromEntries(marked) as Colors;
}

export function colors(enabled: boolean): Colors {
  return picocolors.createColors(enabled);
}
