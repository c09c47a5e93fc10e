import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { isPlain } from '../../errors/index.ts';
import type { RunOptions } from '../../lock/run-options.ts';
import { definitionKeys } from '../../migration/index.ts';
import type { MigrationsGiven } from '../../source/index.ts';
import { version } from '../../index.ts';
import { directoryPath } from '../directory-source.ts';
import type { FolderOptions } from '../format-options.ts';
import { nodeHost } from '../node-host.ts';
import { sourceOf, type MigrateOptions } from '../open-session.ts';
import type { Driver } from './driver-class.ts';
import { digestFiles } from './file-digests.ts';
import { filesBelow } from './files-below.ts';
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
  /** Whether another process would get the same key only for the same content. */
  readonly isLasting: boolean;
}

/** Identifies the content of a template: equal keys, equal content. */
export async function keyOf({ driver, migrations, at, rows, seeds, dependsOn, run }: Recipe): Promise<TemplateKey> {
  const { logger: _, onEvent: __, signal: ___, lockTimeoutMs: ____, ...options } = run;
  const named = digestFiles(dependsOn);
  let isLasting = named.isComplete;
  const identify: Identify = (value) => {
    isLasting = false;
    return { identity: identityOf(value) };
  };
  let content: unknown;
  if (isDirectory(migrations)) {
    const directory = directoryPath(migrations);
    const { files, isComplete } = digestFiles(filesBelow(directory).toSorted());
    isLasting &&= isComplete;
    content = files.map(([file, digest]) => [relative(directory, file), digest]);
  } else content = await describeGiven(migrations, run, identify);
  const given = [version, driver.sqlite, at, rows, seeds, content, named.files, describe(options, identify)];
  return { key: nodeHost.sha256(JSON.stringify(given)), isLasting };
}

export function isDirectory(migrations: Recipe['migrations']): migrations is string | URL {
  return typeof migrations === 'string' || migrations instanceof URL;
}

/** What takes the place of a value that has no text: unequal for two values in this process. */
type Identify = (value: object) => unknown;

/**
 * The migrations as Dunlin reads them. Functions that import a module are called: they may return another one each time. If
 * something cannot be read, no other key is equal, and the run reports the reason.
 */
async function describeGiven(given: MigrationsGiven, options: FolderOptions, identify: Identify): Promise<unknown> {
  try {
    const source = sourceOf(given, options);
    const { entries, problems = [] } = source.read();
    if (problems.length > 0) return identify({});
    const described: unknown[] = [];
    for (const { name, content, load, origin } of entries) {
      const digest = content === undefined ? undefined : createHash('sha256').update(content).digest('hex');
      // A format makes a new definition each time that it reads the exports of a module.
      const module = load === undefined ? undefined : await (origin?.files[0].load ?? load)(false);
      described.push([name, digest, describeExports(module, identify)]);
    }
    // A record may have other files that the format of a tool reads.
    const files = Object.entries(given).map(([name, value]) => [name, describeFile(name, value, identify)]);
    return [described, source === given ? identify(given) : files];
  } catch {
    return identify({});
  }
}

function describeFile(name: string, value: unknown, identify: Identify): unknown {
  if (typeof value === 'function') return 'a function';
  return name.endsWith('.json') ? describe(value, identify) : describeExports(value, identify);
}

/** A module, a definition or a text. Methods and getters of a class count too: Dunlin reads them like other properties. */
function describeExports(exported: unknown, identify: Identify, depth: number = 2): unknown {
  if (typeof exported !== 'object' || exported === null) return describe(exported, identify);
  const properties = exported as Readonly<Record<string, unknown>>;
  const names = [...new Set([...Object.keys(properties), ...definitionKeys])];
  return [
    isPlain(exported) ? undefined : identify(exported),
    names.map((name) => {
      const value = properties[name];
      if (name === 'default' && depth > 0) return [name, describeExports(value, identify, depth - 1)];
      // Whatever else a module exports is not looked into.
      const isOpaque = typeof value === 'object' && value !== null && !isTexts(value);
      return [name, isOpaque ? identify(value) : describe(value, identify)];
    }),
  ];
}

function isTexts(value: object): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** In a form that JSON writes without loss. What has no text counts by its identity. */
function describe(value: unknown, identify: Identify): unknown {
  if (typeof value === 'function') return identify(value);
  if (typeof value !== 'object' || value === null) return [typeof value, String(value)];
  if (Array.isArray(value)) return ['list', value.map((one) => describe(one, identify))];
  if (!isPlain(value)) return identify(value);
  return ['object', Object.entries(value).map(([name, one]) => [name, describe(one, identify)])];
}

const identities = new WeakMap<object, number>();
let last = 0;

/** Two functions may have the same text and do different things. */
function identityOf(value: object): number {
  const known = identities.get(value);
  if (known !== undefined) return known;
  last += 1;
  identities.set(value, last);
  return last;
}
