import type { BackupInProgress, Meter } from './context.ts';
import { copyMs, drawing, free, writerSlot, stopped, type MeterData } from './meter-state.ts';

/**
 * Starts the thread that shows how far a backup is: this one stands still in `VACUUM INTO`. It looks at the growing file
 * with `stat` alone; closing a file that it had opened would drop SQLite's locks on it.
 */
export function startMeter(backup: BackupInProgress): Meter {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const startedAt = Date.now();
  const workerData: MeterData = { ...backup, state, startedAt };
  try {
    // Loading threads takes a millisecond or two, which other commands need not wait for.
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(new URL('./meter.js', import.meta.url), { workerData, env: {}, execArgv: [] });
    worker.unref();
    // That there is no line to be seen is no reason to stop a run.
    worker.on('error', () => undefined);
  } catch {
    // Node's permission model, for one, may refuse threads.
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
