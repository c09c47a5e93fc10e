import type { Host } from '../bridge/index.ts';
import { dunlinError, shown } from '../errors/index.ts';
import type { MigrationSource, SourceContents } from './types.ts';

/** What a source gives. It may be anybody's: what is no source, or gives no entries, is refused with OPTION_INVALID. */
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
