const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes a text for an element or attribute. XML allows no control characters. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => entities[sign]!).replaceAll(/\p{Cc}/gu, ' ');
}

/** The width of a character in the widest common monospaced font, relative to the font size. */
const share = 0.605;

/** The width of a text in a monospaced font, in which East Asian characters have double width. */
export function textWidth(text: string, fontSize: number): number {
  return placesOf(text) * share * fontSize;
}

/** The text, cut to a number of characters with an ellipsis. */
export function fitted(text: string, places: number): string {
  if (placesOf(text) <= places) return text;
  let fits = '';
  for (const sign of text) {
    if (placesOf(fits + sign) >= places) break;
    fits += sign;
  }
  return `${fits}…`;
}

function placesOf(text: string): number {
  let places = 0;
  for (const sign of text)
    if (!/\p{Mn}/u.test(sign))
      places +=
        /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Extended_Pictographic}/u.test(
          sign,
        )
          ? 2
          : 1;
  return places;
}
