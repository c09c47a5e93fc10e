import { rmSync, writeFileSync } from 'node:fs';
import { isBusy, toSqlError, type DatabaseBridge } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { nodeHost } from './host.ts';

const pauseMs = 50;

/**
 * Writes a copy of a database to a path. VACUUM INTO reads one consistent state, whatever else is going on; where the
 * schema has texts in double quotes, which it refuses in new statements (sqlite.org/quirks.html, section 8), the pages
 * are copied. Waits for other processes as long as a run would. Errors: `LOCKED`.
 */
export async function copyDatabase(
  bridge: DatabaseBridge,
  path: string,
  { database, timeoutMs }: { readonly database: string; readonly timeoutMs: number },
): Promise<void> {
  const started = nodeHost.now();
  for (;;) {
    try {
      await copyOnce(bridge, path);
      return;
    } catch (error) {
      const found = toSqlError(error, undefined, bridge);
      const waitedMs = nodeHost.now() - started;
      if (!isBusy(found)) throw error;
      if (waitedMs >= timeoutMs)
        throw dunlinError('LOCKED', { database, waitedMs, holder: undefined, doing: 'copy it' }, { cause: error });
      await nodeHost.sleep(Math.min(pauseMs, timeoutMs - waitedMs));
    }
  }
}

async function copyOnce(bridge: DatabaseBridge, path: string): Promise<void> {
  for (const ending of ['', '-journal']) rmSync(`${path}${ending}`, { force: true });
  try {
    await bridge.query('VACUUM INTO ?', [path]);
  } catch (error) {
    const { message } = toSqlError(error, undefined, bridge);
    if (bridge.copyInto === undefined || !message.includes('string literal in single-quotes')) throw error;
    rmSync(path, { force: true });
    writeFileSync(path, '');
    await bridge.copyInto(path);
  }
}
