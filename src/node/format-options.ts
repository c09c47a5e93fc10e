import { isRecord, must, oneOf } from '../errors/index.ts';
import type { Checks } from '../errors/check-options.ts';
import type { FormatName } from '../migration/index.ts';
import { formatNames } from '../source/index.ts';

/** How the files of a directory are to be read. */
export interface FolderOptions {
  /**
   * The tool whose files these are, which run as they are: `'drizzle'`, `'prisma'`, `'goose'` ... Default: as the files
   * show it.
   */
  readonly format?: FormatName;
  /** The values of `${name}` in files of Flyway and goose: `{ schema: "main" }`. */
  readonly placeholders?: Readonly<Record<string, string>>;
}

export const formatChecks: Checks = {
  format: oneOf(...formatNames),
  placeholders: must(
    'an object of texts by name',
    (value) => isRecord(value) && Object.values(value).every((text) => typeof text === 'string'),
  ),
};
