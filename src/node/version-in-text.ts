/** A migration's text under a new number. */
export interface RenumberedText {
  readonly text: string;
  /** What still names the old number, because more than one place could be meant. */
  readonly left?: string;
}

/** The header of an SQL file: `-- Migration: 002_add_tags`, with nothing but comments before it. */
const header = /^(\uFEFF?(?:[ \t]*(?:--.*)?\r?\n)*?[ \t]*--[ \t]*migration[ \t]*:[ \t]*)(\d+)(?=[_.\s]|$)/i;

/** `version: 2` of a definition, or `export const version = 2`. */
const versions = /(\bversion\s*:\s*|\bconst\s+version\s*(?::\s*number\s*)?=\s*)(\d+)\b/g;

/** `name: '002_add_tags'`, which may repeat the number. */
const names = /(\bname\s*:\s*['"`]|\bconst\s+name\s*(?::\s*string\s*)?=\s*['"`])(\d+)(?=_)/g;

/** Puts a new number where the text of a migration says its own. */
export function withVersion(
  text: string,
  { version, file }: { readonly version: number; readonly file: string },
  digits: string,
): RenumberedText {
  const isOwn = (found: string): boolean => Number(found) === version;
  if (/\.sql$/i.test(file))
    return {
      text: text.replace(header, (all, before: string, found: string) => (isOwn(found) ? before + digits : all)),
    };
  const places = [...text.matchAll(versions)].filter(([, , found]) => isOwn(found!));
  if (places.length > 1) return { text, left: `\`version: ${version}\`, ${places.length} times` };
  return {
    text: text
      .replace(versions, (all, before: string, found: string) => (isOwn(found) ? before + String(Number(digits)) : all))
      .replace(names, (all, before: string, found: string) => (isOwn(found) ? before + digits : all)),
  };
}
