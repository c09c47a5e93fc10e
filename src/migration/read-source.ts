import type { Host } from '../bridge/index.ts';
import { dunlinError, shown } from '../errors/index.ts';
import type { MigrationSource, SourceContents } from './types.ts';

/** Reads a source. It may be the caller's own, so its shape is checked first. Errors: `OPTION_INVALID`. */
export function readSource(source: MigrationSource, host: Host): SourceContents {
  const problems = [
    ...(typeof source?.read === 'function'
      ? []
      : [`\`source\` must be a source, which \`toSource\` or \`directorySource\` makes; it is ${shown(source)}`]),
    ...(typeof host?.sha256 === 'function'
      ? []
      : [`\`host\` must be a \`Host\`, as \`nodeHost\` is one; it is ${shown(host)}`]),
  ];
  if (problems.length > 0) throw dunlinError('OPTION_INVALID', { problems });
  const contents = source.read();
  const wrong = problemWith(contents);
  if (wrong !== undefined) throw dunlinError('OPTION_INVALID', { problems: [`\`source.read()\` ${wrong}`] });
  return contents;
}

function problemWith(contents: SourceContents): string | undefined {
  if (!Array.isArray(contents?.entries) || !Array.isArray(contents.others))
    return `must give an object with the lists \`entries\` and \`others\`; it gives ${shown(contents)}`;
  const at = contents.entries.findIndex((entry) => typeof entry?.name !== 'string' || typeof entry.path !== 'string');
  if (at === -1) return undefined;
  return `must give entries with a \`name\` and a \`path\`; its entry ${at + 1} is ${shown(contents.entries[at])}`;
}

// Every runtime has TextDecoder, but the core is compiled without the types of any runtime.
declare const TextDecoder: new (
  label: 'utf-8',
  options: { fatal: boolean },
) => { decode(bytes: Uint8Array, options?: { stream: boolean }): string };

/** The text; or, if the bytes are not UTF-8, the text before the first wrong byte, and that byte's offset. */
export type Decoded =
  | { readonly text: string }
  | { readonly text: undefined; readonly before: string; readonly offset: number };

/**
 * The text without its byte order mark. Another encoding is never assumed: a wrong guess would write wrong letters into
 * the database.
 */
export function decode(content: Uint8Array | string): Decoded {
  if (typeof content === 'string') return { text: content.startsWith('\uFEFF') ? content.slice(1) : content };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(content) };
  } catch {
    return beforeWrongByte(content);
  }
}

function beforeWrongByte(bytes: Uint8Array): Decoded {
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (beginning(bytes, middle) === undefined) bad = middle;
    else good = middle;
  }
  // The last bytes may begin a multi-byte character whose next byte is wrong.
  const before = beginning(bytes, good) ?? '';
  while (good > 0 && beginning(bytes, good - 1) === before) good--;
  return { text: undefined, before, offset: good };
}

/** The text of the first bytes, without a character that is cut off at their end. */
function beginning(bytes: Uint8Array, length: number): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
  } catch {
    return undefined;
  }
}

/** The probable encoding of a file that is not UTF-8, for the hint. */
export function guessEncoding(bytes: Uint8Array): string | undefined {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe)
    return third === 0 && fourth === 0 ? 'UTF-32' : 'UTF-16, which PowerShell writes';
  if (first === 0xfe && second === 0xff) return 'UTF-16';
  return bytes.includes(0) ? undefined : 'Windows-1252 or ISO 8859-1';
}
