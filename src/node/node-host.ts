import * as crypto from 'node:crypto';
import process from 'node:process';
import { hostname } from 'node:os';
import type { Host } from '../bridge/index.ts';
import { nodeFiles } from './files.ts';
import { roomFor, roomLeft } from './temporary-folder.ts';

// One call hashes a short text in half the time of createHash; Node has it from 20.12 and 21.7.
const oneShot = crypto.hash as typeof crypto.hash | undefined;

const neverWoken = new Int32Array(new SharedArrayBuffer(4));

/** The machine, as Node shows it. */
export const nodeHost: Host = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  sleepSync: (ms) => void Atomics.wait(neverWoken, 0, 0, ms),
  // A timer would wait for a millisecond, after each of a thousand migrations.
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  sha256: (text) =>
    oneShot === undefined ? crypto.createHash('sha256').update(text).digest('hex') : oneShot('sha256', text, 'hex'),
  randomId: () => crypto.randomBytes(8).toString('hex'),
  roomLeft: (database, code) => roomLeft(database, code),
  room: (database) => roomFor(database),
  // The command line loads them only if a run does something.
  get files() {
    return nodeFiles;
  },
  // Deno asks for the permission `sys` here, which an import must not need.
  get hostname() {
    return hostname();
  },
  pid: process.pid,
};

/** Of the command line: a turn after each event would take longer than a small migration, and signals can wait. */
export const commandLineHost: Host = Object.create(nodeHost, { turnEveryMs: { value: 20 } }) as Host;
