import { statSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { copyMs, drawing, free, writerSlot, stopped, type MeterData } from './start-meter.ts';
import { meterLine } from './output/meter-line.ts';

// The worker thread that start-meter.ts starts: it draws while a synchronous copy blocks the main thread.

const everyMs = 100;
const { file, bytes: total, width, state, startedAt } = workerData as MeterData;

let done = 0;
while (Atomics.compareExchange(state, writerSlot, free, drawing) !== stopped) {
  try {
    draw();
  } catch {
    // The terminal is blocked or gone.
  }
  Atomics.store(state, writerSlot, free);
  Atomics.notify(state, writerSlot);
  Atomics.wait(state, writerSlot, free, everyMs);
}

function draw(): void {
  const elapsed = Date.now() - startedAt;
  const took = Atomics.load(state, copyMs);
  // The finished file has another name.
  done = statSync(file, { throwIfNoEntry: false })?.size ?? done;
  const soFar = took === 0 ? { copyMs: elapsed, proofMs: undefined } : { copyMs: took, proofMs: elapsed - took };
  writeSync(2, `\r\x1b[K${meterLine({ done, total, ...soFar }, width)}`);
}
