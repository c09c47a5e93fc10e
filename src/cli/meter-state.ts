import type { BackupInProgress } from './context.ts';

/** What the thread that draws is given. */
export interface MeterData extends BackupInProgress {
  /** Shared by both threads: messages would not pass while one of them stands still. */
  readonly state: Int32Array;
  readonly startedAt: number;
}

/** The place in the state that says who may write to the terminal, */
export const writerSlot = 0;
/** and what stands there. */
export const free = 0;
export const drawing = 1;
export const stopped = 2;

/** The place of the milliseconds that the copy took; 0 until it is made. */
export const copyMs = 1;
