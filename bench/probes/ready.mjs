// Imported last by the scripts of the tools: waits until as many processes as PROBE_PROCESSES are in the folder and have
// loaded their modules. So they start to migrate at the same moment, however busy the machine is.
import { readdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const expected = Number(process.env.PROBE_PROCESSES ?? 0);
if (expected > 0) {
  writeFileSync(`${process.pid}.ready`, '');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (readdirSync('.').filter((name) => name.endsWith('.ready')).length < expected) Atomics.wait(pause, 0, 0, 1);
}
