import picocolors from 'picocolors';
import { escMark, painted } from '../painted.ts';

export type Colors = ReturnType<typeof picocolors.createColors>;

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
 * Colours for text that still has to be `painted`: with a mark in the place of ESC. An ESC that the text brought along
 * is none of ours, and shown.
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
