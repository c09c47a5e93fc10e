// Shortens a bundle that esbuild has made: the names of parameters, variables and private members become one or two
// letters, white space goes. The names of functions and classes stay, because errors show them; esbuild can only rename
// all, or keep names by a call for each function, which every start would pay for.
// docs/internals/decisions/0018-the-shape-of-the-package.md
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { transformSync } from 'esbuild';
import { minifySync } from 'rolldown/utils';

/**
 * @param {string} file the name of the file, for messages
 * @param {string} code
 * @param {{ module: boolean, map?: string }} options `module`: not CommonJS; `map`: the source map of `code`
 * @returns {{ code: string, map: string | undefined }}
 */
export function shorten(file, code, { module, map }) {
  const result = minifySync(file, code, {
    module,
    // esbuild has simplified the code already.
    compress: false,
    mangle: { toplevel: true, keepNames: true },
    codegen: { removeWhitespace: true },
    sourcemap: map !== undefined,
    ...(map === undefined ? {} : { inputMap: JSON.parse(map) }),
  });
  if (result.errors.length > 0) throw new Error(`${file}: ${result.errors[0].message}`);
  return broken(result.code, result.map);
}

/**
 * The code in short lines. Node shows the line of an error that nobody has caught, above its message, and the whole code in
 * one line would hide it.
 */
function broken(code, map) {
  const comment = map === undefined ? '' : `\n//# sourceMappingURL=data:application/json;base64,${base64(map)}`;
  const lines = transformSync(`${code}${comment}`, {
    minifyWhitespace: true,
    lineLimit: 120,
    target: 'node20',
    charset: 'utf8',
    sourcemap: map === undefined ? false : 'external',
  });
  if (map === undefined) return { code: lines.code, map: undefined };
  // A file that only imports others has no sources, and esbuild would name its input.
  return { code: lines.code, map: mapOfLines(map.sources.length === 0 ? map : JSON.parse(lines.map)) };
}

function base64(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

/**
 * A source map that knows lines, no columns: with columns it would be five times as long. The sources are in it, because
 * a map whose sources are missing is worse than none to debuggers and bundlers.
 */
function mapOfLines({ sources, sourcesContent, mappings }) {
  const lines = decode(mappings).map((segments) =>
    segments
      .filter(([, source, line], i) => i === 0 || source !== segments[i - 1][1] || line !== segments[i - 1][2])
      .map((segment) => segment.slice(0, 4)),
  );
  return JSON.stringify({ version: 3, sources, sourcesContent, names: [], mappings: encode(lines) });
}
