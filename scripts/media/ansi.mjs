/** The codes that the command line prints, with the class of the picture. */
const classes = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' };
/** What ends a class. */
const ends = { 22: ['bold', 'dim'], 39: ['red', 'green', 'yellow', 'cyan'], 0: Object.values(classes) };

/**
 * The words of a line, each with its column and how it is printed.
 *
 * @param {string} line with the escape sequences of a terminal
 * @returns {{ text: string, column: number, classes: readonly string[] }[]}
 */
export function partsOf(line) {
  const active = new Set();
  const parts = [];
  let column = 0;
  for (const piece of line.split(/(\u001B\[\d+m)/)) {
    const code = /^\u001B\[(\d+)m$/.exec(piece)?.[1];
    if (code === undefined) {
      // Wide gaps are positions: no renderer has to keep the spaces.
      for (const { 0: text, index } of piece.matchAll(/\S+(?: \S+)*/g))
        parts.push({ text, column: column + index, classes: [...active] });
      column += piece.length;
    } else if (classes[code] !== undefined) active.add(classes[code]);
    else if (ends[code] !== undefined) for (const one of ends[code]) active.delete(one);
    else throw new Error(`A terminal's code without a class here: ${code}`);
  }
  return parts;
}
