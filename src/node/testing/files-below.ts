import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';

/** How deep tools look into folders for migrations. */
const maxDepth = 3;

/** The files of a folder of migrations. Empty if it cannot be read: the run says why. */
export function filesBelow(folder: string, depth: number = 1): readonly string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
    const isFolder = entry.isSymbolicLink()
      ? statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
      : entry.isDirectory();
    if (!isFolder) return [path];
    return depth < maxDepth ? filesBelow(path, depth + 1) : [];
  });
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
