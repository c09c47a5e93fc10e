/** Leaves room in the 255 bytes of a file's name for the version, the ending and letters of several bytes. */
const longest = 60;

/** A title as part of a file's name: `Add user roles!` becomes `add_user_roles`. Empty if it has no letter or digit. */
export function slug(title: string): string {
  const words =
    title
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  let text = '';
  for (const word of words) {
    if (text !== '' && text.length + word.length >= longest) break;
    text += text === '' ? [...word].slice(0, longest).join('') : `_${word}`;
  }
  return text;
}
