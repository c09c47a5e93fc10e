/** What a sign of a monospaced font takes of its size, in the widest of the usual fonts. */
const share = 0.605;

/** The width of a text. Nothing can measure fonts here: they are monospaced, and East Asian signs take two places. */
export function textWidth(text: string, fontSize: number): number {
  return placesOf(text) * share * fontSize;
}

/** The text, or as much of it as there are places, with an ellipsis. */
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
