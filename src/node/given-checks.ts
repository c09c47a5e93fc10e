import { must } from '../errors/index.ts';
import type { Check } from '../errors/check-options.ts';

// What the options that name things must be like, for the runner and the backup manager.

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** What a text or an object must be like to be a database is told when it is taken apart. */
export const databaseCheck: Check = must(
  'a path, an open connection or a `DatabaseBridge`',
  (value) => isObject(value) || ['string', 'function'].includes(typeof value),
);

/** What the option `migrations` may be; `toSource` looks closer. An empty path would be the current directory. */
export const migrationsCheck: Check = must(
  'the path of a directory, a record of file name to text or module, or a list of definitions',
  (value) => isObject(value) || (typeof value === 'string' && value !== ''),
);
