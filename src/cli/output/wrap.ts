/**
 * Breaks a text at spaces into lines of at most `width` columns. A longer word stays whole, and so does what stands in
 * backticks, or on a line that is indented by four spaces: paths, commands and code can be copied.
 */
export function wrapBy(text: string, width: number, measure: (text: string) => number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    if (paragraph.startsWith('    ')) return [paragraph];
    const indent = /^ */.exec(paragraph)![0];
    // Runs of spaces belong to the word after them: they align something.
    const words = paragraph.slice(indent.length).match(/ *(?:[^\s`]*`[^`]*`[^\s`]*|\S+)/g) ?? [];
    const lines: string[] = [];
    let line = '';
    for (const word of words) {
      if (line === '') line = indent + word.trimStart();
      else if (measure(line + word) <= width) line += word;
      else {
        lines.push(line);
        line = indent + word.trimStart();
      }
    }
    return [...lines, line];
  });
}
