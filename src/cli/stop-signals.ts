import process from 'node:process';
import type { StopSignal } from './context.ts';

const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/** Listens to the signals that ask the process to stop, until the returned function is called. */
export function onStopSignal(listener: (signal: StopSignal) => void): () => void {
  for (const signal of stopSignals) process.on(signal, listener);
  return () => {
    // The first process of a container has no default action: the system drops a signal that it does not listen to.
    if (process.pid === 1) return;
    for (const signal of stopSignals) process.off(signal, listener);
  };
}
