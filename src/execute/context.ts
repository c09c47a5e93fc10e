import type { RunOptions } from '../options.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Registry } from '../migration/index.ts';

/** What every part of a run needs to know. */
export interface RunContext {
  /** The database's name for messages: the path as given, or the driver's. */
  readonly database: string;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly options: RunOptions;
  readonly lockTimeoutMs: number;
  /** Whether the bridge is synchronous: then modules are loaded with require() and functions may not be async. */
  readonly sync: boolean;
  readonly host: string;
  readonly pid: number;
  readonly tool: string;
  readonly newRunId: () => string;
  readonly driver: string;
  /** Whether there are files, and so backups. */
  readonly hasFiles: boolean;
}
