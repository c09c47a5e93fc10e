import { visible } from '../errors/index.ts';

/**
 * Stands for ESC in what our own colours write, until the text goes out. It differs from run to run, so that no name of
 * a table or a file contains it: of those every control character is shown as an escape.
 */
export const escMark: string = `\uFDD0${Math.random().toString(36).slice(2)}\uFDD1`;

/** A text as it may go to a terminal: its control characters are shown as escapes, our colours are left. */
export function painted(text: string): string {
  return visible(text).replaceAll(escMark, '\x1b');
}
