// Every runtime has it, but the core is compiled without the types of any.
declare const TextDecoder: new (
  label: 'utf-8',
  options: { fatal: boolean },
) => { decode(bytes: Uint8Array, options?: { stream: boolean }): string };

/** A text; or, if the bytes are not UTF-8, the text before the first wrong one, and where that is. */
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
    return beforeTheWrongByte(content);
  }
}

function beforeTheWrongByte(bytes: Uint8Array): Decoded {
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (beginning(bytes, middle) === undefined) bad = middle;
    else good = middle;
  }
  // The last bytes may begin a character of several bytes that does not go on as it should.
  const before = beginning(bytes, good) ?? '';
  while (good > 0 && beginning(bytes, good - 1) === before) good--;
  return { text: undefined, before, offset: good };
}

/** The text of the first bytes; a character that is cut off at their end is left out. */
function beginning(bytes: Uint8Array, length: number): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
  } catch {
    return undefined;
  }
}

/** What a file in a wrong encoding looks like, for the hint. */
export function guessEncoding(bytes: Uint8Array): string | undefined {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe)
    return third === 0 && fourth === 0 ? 'UTF-32' : 'UTF-16, which PowerShell writes';
  if (first === 0xfe && second === 0xff) return 'UTF-16';
  return bytes.includes(0) ? undefined : 'Windows-1252 or ISO 8859-1';
}
