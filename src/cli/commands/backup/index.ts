import type { Command } from '../../command.ts';
import { exit } from '../../exit-codes.ts';
import { create } from './create.ts';
import { list } from './list.ts';
import { prune } from './prune.ts';
import { restore } from './restore.ts';
import { verify } from './verify.ts';

export const backup: Command = {
  name: 'backup',
  summary: 'make, show, prove and restore backups',
  description:
    'Every run makes a proven backup before it changes a database that holds anything, unless it is told not to. These commands are for the backups themselves.',
  target: 'database',
  options: [],
  commands: [create, list, verify, restore, prune],
  examples: [
    { command: 'dunlin backup list', does: 'which backups there are' },
    { command: 'dunlin backup restore latest', does: 'back to the newest of them' },
  ],
  // The command line prints the help of a command that has others below it.
  run: () => Promise.resolve(exit.usage),
};
