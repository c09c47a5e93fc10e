/** A loadable extension of SQLite: the path of its library, and the name of its entry point where it has a special one. */
export type Extension = string | { readonly path: string; readonly entryPoint?: string };

/** What every driver's connection has. Annotate the parameter of `prepare` with the driver's own type for the rest. */
export interface DriverConnection {
  exec(sql: string): unknown;
}

/** Which connection `prepare` is called for. */
export interface PrepareInfo {
  /** The file that is opened: the database, or a copy of it; undefined for a database in memory. */
  readonly file: string | undefined;
}

/** What a connection needs before it can read the database: extensions first, then `prepare`, which may call them. */
export interface ConnectionSetup {
  readonly extensions?: readonly Extension[];
  /** A method, so that the parameter may be annotated with the driver's own class. */
  prepare?(connection: DriverConnection, info: PrepareInfo): void;
}

/** An extension as the drivers load it. */
export function extensionParts(extension: Extension): { readonly path: string; readonly entryPoint?: string } {
  return typeof extension === 'string' ? { path: extension } : extension;
}
