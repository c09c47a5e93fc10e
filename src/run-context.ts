import type { DatabaseBridge, Host } from './bridge/index.ts';
import type { RunContext } from './execute/index.ts';
import { createLedger } from './ledger/index.ts';
import type { Registry } from './migration/index.ts';
import { recover } from './operations/index.ts';
import type { RunOptions } from './options.ts';
import { version } from './version.ts';

const defaultLockTimeoutMs = 30_000;

/** What a run works with, from the options and their defaults. */
export function createContext(
  { host, database }: { readonly host: Host; readonly database: string },
  options: RunOptions,
  bridge: DatabaseBridge,
  registry: Registry,
): RunContext {
  return {
    database,
    ledger: createLedger(database, options.layout ?? 'standard', options.tables ?? {}),
    registry,
    options,
    lockTimeoutMs: options.lockTimeoutMs ?? defaultLockTimeoutMs,
    sync: false,
    host: host.hostname,
    pid: host.pid,
    tool: options.tool ?? `dunlin ${version}`,
    newRunId: () => host.randomId(),
    sha256: (text) => host.sha256(text),
    driver: bridge.driver,
    get hasFiles() {
      return host.files !== undefined;
    },
    file: () => bridge.file?.(),
    closesLate: bridge.closesLate === true,
    alone: false,
    scratch: false,
    recover,
  };
}
