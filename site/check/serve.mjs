import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const types = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

/**
 * Serves a folder on the loopback interface as GitHub Pages does: below `base`, and pages without their ending.
 *
 * @param {string} folder
 * @param {string} base
 * @returns {Promise<{ address: string, close: () => void }>}
 */
export async function serve(folder, base) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = fileFor(folder, base, decodeURIComponent(pathname));
    response.statusCode = file === undefined ? 404 : 200;
    // The name of an asset has a checksum in it.
    if (pathname.startsWith(`${base}assets/`)) response.setHeader('cache-control', 'max-age=600');
    response.setHeader('content-type', types[extname(file ?? '')] ?? 'text/plain; charset=utf-8');
    response.end(file === undefined ? 'not found' : readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The built file of an address, if there is one. */
export function fileFor(folder, base, pathname) {
  if (!pathname.startsWith(base)) return undefined;
  const path = pathname.slice(base.length);
  const names = path === '' || path.endsWith('/') ? [`${path}index.html`] : [path, `${path}.html`];
  return names.map((name) => join(folder, name)).find((file) => extname(file) !== '' && existsSync(file));
}
