import { LOCAL, type DatabaseBridge } from '../bridge/index.ts';
import { defaultLockTimeoutMs, type OpenedFile, type RunContext, type RunOptions } from '../lock/index.ts';
import { createLedger } from '../ledger/index.ts';
import type { Registry } from '../migration/index.ts';
import { version } from '../version.ts';
import type { RunnerParts } from './session.ts';

/** For as long as a connection is open, which may be longer than an operation. */
const openedFiles = new WeakMap<DatabaseBridge, OpenedFile>();

/** What a run works with, from the options and their defaults. */
export function createContext(
  { host, database, path, recorder }: Pick<RunnerParts, 'host' | 'database' | 'path' | 'recorder'>,
  options: RunOptions,
  bridge: DatabaseBridge,
  registry: Registry,
): RunContext {
  const opened = openedFiles.get(bridge) ?? {};
  openedFiles.set(bridge, opened);
  return {
    database,
    ledger: createLedger(database, options.layout ?? 'standard', options.tables ?? {}, registry),
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
    engine: bridge.engine ?? LOCAL,
    get canBackUp() {
      return host.files !== undefined;
    },
    file: () => bridge.file?.(),
    path: () => path ?? bridge.file?.(),
    opened,
    delayedClose: bridge.closesLate === true,
    hasExclusiveLock: false,
    scratch: false,
    recorder,
  };
}
