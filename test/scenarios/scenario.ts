/**
 * A scenario is one text: what stands on the terminal, with the files in between.
 *
 *     # A statement fails.
 *
 *     >>> migrations/001_users.sql      a file; its text ends at <<<
 *     CREATE TABLE users (id);
 *     <<<
 *
 *     $ dunlin up -d app.db             a command of the shell, and what it prints
 *     app.db is at version 1
 *     [exit 1]                          the exit code, if it is not 0
 *
 * Standard output and standard error are one stream, as on a terminal. Times and durations are replaced before the
 * comparison. UPDATE_SCENARIOS=1 writes what was really printed into the text.
 */
export type Part =
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: string; readonly expected: string };

export function parseScenario(text: string): Part[] {
  const parts: Part[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length;) {
    const line = lines[i++]!;
    if (line.startsWith('>>> ')) {
      const end = lines.indexOf('<<<', i);
      if (end === -1) throw new Error(`${line} has no <<<`);
      parts.push({
        kind: 'file',
        name: line.slice(4),
        text: lines
          .slice(i, end)
          .map((l) => `${l}\n`)
          .join(''),
      });
      i = end + 1;
    } else if (line.startsWith('$ ')) {
      const begin = i;
      while (i < lines.length && !/^(\$|>>>|#) /.test(lines[i]!)) i++;
      parts.push({ kind: 'command', command: line.slice(2), expected: lines.slice(begin, i).join('\n').trimEnd() });
    } else if (line.startsWith('#')) parts.push({ kind: 'comment', text: line });
    else if (line !== '') throw new Error(`A scenario has no place for the line ${JSON.stringify(line)}`);
  }
  return parts;
}

export function printScenario(parts: readonly Part[]): string {
  const texts = parts.map((part, i) => {
    const gap = i === 0 || (part.kind === 'comment' && parts[i - 1]?.kind === 'comment') ? '' : '\n';
    if (part.kind === 'comment') return `${gap}${part.text}\n`;
    if (part.kind === 'file') return `${gap}>>> ${part.name}\n${part.text}<<<\n`;
    return `${gap}$ ${part.command}\n${part.expected === '' ? '' : `${part.expected}\n`}`;
  });
  return texts.join('');
}

/** Replaces what differs from run to run. */
export function normalise(output: string, folder: string): string {
  return (
    output
      .replaceAll(folder, '<folder>')
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'YYYY-MM-DD hh:mm:ss')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<iso time>')
      .replace(/\d{8}T\d{9}Z-/g, '<time>-')
      .replace(/; [\d.]+ [kMGT]?B(\s+)free/g, '; <size>$1free')
      .replace(/"freeBytes": ?\d+/g, '"freeBytes": 0')
      .replace(/"(copyMs|proofMs)": ?[\d.]+/g, '"$1": 0')
      .replace(/-- Date: \d{4}-\d\d-\d\d/g, '-- Date: YYYY-MM-DD')
      .replace(/ *\b\d+(\.\d+)? (ms|s)\b( of \d+ s)?/g, ' <time>')
      // How large a journal becomes is SQLite's business.
      .replace(/^disk: .*$/gm, 'disk: <sizes>')
      // Columns of these tables move with the width of the durations.
      .replace(/^ {2}(version|started|\d{3,}|YYYY).*$/gm, (line) => line.replace(/(\S) {2,}/g, '$1  '))
      .replace(/"(executionTimeMs|durationMs|waitedMs)": ?\d+/g, '"$1": 0')
      .replace(/"(checksum|runId|recorded|present)": "(sha256:)?[0-9a-f]+"/g, '"$1": "…"')
      .replace(/"host": "[^"]*"/g, '"host": "…"')
      .replace(/"pid": \d+/g, '"pid": 0')
      .replace(/\b(recorded|now)(\s+)[0-9a-f]{8}\b/g, '$1$2xxxxxxxx')
      .replace(/waited [\d.]+ (milli)?seconds?/g, 'waited <time>')
      .replace(/\bpid \d+ on [^,)\s]+/g, 'pid N on <host>')
      .replace(/since \d\d:\d\d:\d\d/g, 'since hh:mm:ss')
      .replace(/(dunlin [a-z]+) on \S+/g, '$1 on <host>')
      .replace(/[ \t]+$/gm, '')
      .trimEnd()
  );
}
