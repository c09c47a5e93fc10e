import { relative } from 'node:path';
import type { RunOptions } from '../../lock/run-options.ts';
import { version } from '../../index.ts';
import { directoryPath } from '../directory-source.ts';
import type { FolderOptions } from '../format-options.ts';
import { nodeHost } from '../node-host.ts';
import type { MigrateOptions } from '../open-session.ts';
import type { Driver } from './driver-class.ts';
import { digestFiles, filesBelow } from './file-digests.ts';
import type { SeedText } from './seed.ts';

/** What a template is made from. */
export interface Recipe {
  readonly driver: Driver;
  readonly migrations: MigrateOptions['migrations'];
  readonly at: number | undefined;
  readonly rows: 'sample' | undefined;
  readonly seeds: readonly SeedText[];
  /** Absolute. */
  readonly dependsOn: readonly string[];
  /** How the migrations run. */
  readonly run: RunOptions & FolderOptions;
}

export interface TemplateKey {
  readonly key: string;
  /** Whether another process would get the same key only for the same content: not with functions, which have no text. */
  readonly isLasting: boolean;
}

/** Identifies the content of a template: equal keys, equal content. */
export function keyOf({ driver, migrations, at, rows, seeds, dependsOn, run }: Recipe): TemplateKey {
  const { logger: _, onEvent: __, signal: ___, lockTimeoutMs: ____, ...options } = run;
  let isLasting = true;
  const identify = (value: object): string => {
    isLasting = false;
    return `#${identityOf(value)}`;
  };
  const content = contentOf(migrations, identify);
  const given = [version, driver.sqlite, at, rows, seeds, content, digestFiles(dependsOn), options];
  const text = JSON.stringify(given, (_key, value: unknown) => (typeof value === 'function' ? identify(value) : value));
  return { key: nodeHost.sha256(text), isLasting };
}

/** The names and digests of all files in a directory, or the names and texts of what is given. */
function contentOf(migrations: Recipe['migrations'], identify: (value: object) => string): unknown {
  // The functions in a list of definitions are found like those of options.
  if (Array.isArray(migrations)) return migrations;
  if (!isDirectory(migrations))
    return Object.entries(migrations).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : identify(value as object),
    ]);
  const directory = directoryPath(migrations);
  return digestFiles(filesBelow(directory).toSorted()).map(([file, digest]) => [relative(directory, file), digest]);
}

export function isDirectory(migrations: Recipe['migrations']): migrations is string | URL {
  return typeof migrations === 'string' || migrations instanceof URL;
}

const identities = new WeakMap<object, number>();
let last = 0;

/** Two functions may have the same text and do different things. */
function identityOf(fn: object): number {
  const known = identities.get(fn);
  if (known !== undefined) return known;
  last += 1;
  identities.set(fn, last);
  return last;
}
