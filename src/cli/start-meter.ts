import type { BackupInProgress, Meter } from './context.ts';

export interface MeterData extends BackupInProgress {
  /** Shared by both threads: messages do not arrive while one of them is blocked. */
  readonly state: Int32Array;
  readonly startedAt: number;
}

/** The slot of the state for who writes to the terminal. */
export const writerSlot = 0;
/** Its values. */
export const free = 0;
export const drawing = 1;
export const stopped = 2;

/** The slot for the milliseconds that the copy took; 0 until then. */
export const copyMs = 1;

/**
 * Starts the thread that draws the progress of a backup: `VACUUM INTO` blocks this one. It reads the growing file's size
 * with `stat` only; opening and closing the file would drop SQLite's locks on it.
 */
export function startMeter(backup: BackupInProgress): Meter {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const startedAt = Date.now();
  const workerData: MeterData = { ...backup, state, startedAt };
  try {
    // Loaded here, because it takes a millisecond or two at every start.
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(new URL('./meter.js', import.meta.url), { workerData, env: {}, execArgv: [] });
    worker.unref();
    // A missing progress line does not stop a run.
    worker.on('error', () => undefined);
  } catch {
    // Node's permission model may refuse threads.
  }
  return {
    proving: () => void Atomics.store(state, copyMs, Math.max(1, Date.now() - startedAt)),
    stop: () => {
      while (Atomics.compareExchange(state, writerSlot, free, stopped) === drawing)
        Atomics.wait(state, writerSlot, drawing, 10);
      Atomics.notify(state, writerSlot);
    },
  };
}
