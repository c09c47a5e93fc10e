/**
 * What a terminal obeys instead of showing it: the C0 controls but tab and line feed, DEL, the C1 controls, and the
 * characters that turn the direction of the text around them (Unicode, annex 9), with which one name looks like another.
 */
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * The text with every such character as an escape: `\u001b`. Names of tables, files and hosts are anybody's, and a
 * message ends up on somebody's terminal. The line ends of Windows are made plain ones.
 */
export function visible(text: string): string {
  // Nearly every text has none.
  return text.search(controls) < 0 ? text : replaceControls(text.replaceAll('\r\n', '\n'), escaped);
}

/** The text with something else for each of them. */
export function replaceControls(text: string, by: (control: string) => string): string {
  return text.replace(controls, by);
}

function escaped(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
