import type { OptionSpec } from './command.ts';

/** Options of the commands that change what a dump says. */
export const keptDump: readonly OptionSpec[] = [
  {
    flags: '--dump <file>',
    description: 'keep a dump of the schema in this file, SQL or a diagram by its ending: schema.sql, schema.svg',
    completes: 'file',
  },
  { flags: '--no-dump', description: 'leave the dump of the configuration as it is' },
];
