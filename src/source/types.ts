import type { MigrationDefinition } from '../migration/index.ts';

export type { MigrationSource, SourceContents, SourceEntry } from '../migration/index.ts';

/** What a bundler's glob import gives: file name or path to text, module, or a function that imports it. */
export type MigrationRecord = Readonly<
  Record<string, string | MigrationDefinition<never> | { readonly default: unknown } | (() => unknown)>
>;
