import type { Command } from '../command.ts';
import { adopt } from './adopt.ts';
import { backup } from './backup.ts';
import { baseline } from './baseline.ts';
import { check } from './check.ts';
import { completionOf } from './completion.ts';
import { create } from './create.ts';
import { dev } from './dev.ts';
import { diff } from './diff.ts';
import { down } from './down.ts';
import { dump } from './dump.ts';
import { exportCommand } from './export.ts';
import { fixQuotes } from './fix-quotes.ts';
import { generate } from './generate.ts';
import { history } from './history.ts';
import { init } from './init.ts';
import { plan } from './plan.ts';
import { redo } from './redo.ts';
import { rehearse } from './rehearse.ts';
import { renumber } from './renumber.ts';
import { repair } from './repair.ts';
import { reset } from './reset.ts';
import { seed } from './seed.ts';
import { squash } from './squash.ts';
import { status } from './status.ts';
import { to } from './to.ts';
import { tryCommand } from './try.ts';
import { up } from './up.ts';

/** Every command, in the order of the help: from the first day to the bad one. */
export const commands: readonly Command[] = [
  init,
  create,
  generate,
  up,
  status,
  dev,
  seed,
  plan,
  check,
  diff,
  down,
  redo,
  to,
  tryCommand,
  rehearse,
  history,
  dump,
  backup,
  baseline,
  adopt,
  exportCommand,
  repair,
  renumber,
  fixQuotes,
  squash,
  reset,
  completionOf(() => commands),
];
