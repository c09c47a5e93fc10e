import { dunlinError } from '../errors/index.ts';
import type { DownOptions, UpOptions } from '../options.ts';
import type { Goal } from '../plan/index.ts';

/** What `up` is asked for. */
export function upGoal(options: UpOptions): Goal {
  return { kind: 'up', to: options.to, steps: options.steps };
}

/** What `down` is asked for: one of its options at most. */
export function downGoal(options: DownOptions): Goal {
  const given = [
    options.steps !== undefined && 'steps',
    options.to !== undefined && 'to',
    options.all === true && 'all',
  ].filter((name) => name !== false);
  const [first, second] = given;
  if (first !== undefined && second !== undefined)
    throw dunlinError('OPTIONS_CONFLICT', { first, second, reason: 'Each says how far to go back: give one of them.' });
  return options.all === true ? { kind: 'down', to: 0 } : { kind: 'down', to: options.to, steps: options.steps };
}
