import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The `type` of the nearest package.json, by which Node decides whether a `.js` or `.ts` file is an ES module: `unset` if
 * it has none, undefined if there is no package.json (nodejs.org/api/packages.html#determining-module-system).
 */
export function packageType(folder: string): 'module' | 'commonjs' | 'unset' | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const text = readIfThere(join(at, 'package.json'));
    if (text !== undefined) return typeIn(text);
    if (at === dirname(at)) return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function typeIn(text: string): 'module' | 'commonjs' | 'unset' {
  try {
    const { type } = JSON.parse(text) as { readonly type?: unknown };
    return type === 'module' || type === 'commonjs' ? type : 'unset';
  } catch {
    return 'unset';
  }
}
