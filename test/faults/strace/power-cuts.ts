import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Disk, Image } from './disk.ts';
import { look } from './look.ts';
import { again, backupsIn, type Scenario } from './scenarios.ts';
import { random } from './random.ts';
import type { Step } from './steps.ts';

/** What was tried, and what must never be. */
export interface Outcome {
  readonly images: number;
  /** Those that are no copy of another; these were looked at. */
  readonly looked: number;
  readonly bad: readonly string[];
}

/** What is not on the disk for sure is lost, kept, or each piece is kept with this probability. */
const choices = { nothing: 0, everything: 1, little: 0.15, half: 0.5, most: 0.85 } as const;

export interface Cuts {
  readonly seed: number;
  /** The file system keeps changes of names and sizes in order, as those with a journal do. */
  readonly journaling?: boolean;
  /** Every how-manieth image the same is done once more, up to the end. */
  readonly againEvery: number;
  /** A folder to work in. */
  readonly scratch: string;
}

/**
 * Has the power fail after every step of a process that has worked in a folder, and looks at what a disk may hold then.
 * From the moment when the process has said `done` on, that must be complete.
 */
export async function cutPower(
  scenario: Scenario,
  disk: Disk,
  steps: readonly Step[],
  { seed, journaling = false, againEvery, scratch }: Cuts,
): Promise<Outcome> {
  const seen = new Set<string>();
  const bad: string[] = [];
  const next = random(seed);
  let images = 0;
  let done = false;
  for (const [index, step] of [undefined, ...steps].entries()) {
    if (step !== undefined) disk.apply(step);
    if (step?.kind === 'said' && step.text === 'done\n') done = true;
    for (const [choice, probability] of Object.entries(choices)) {
      const { all, synced } = disk.orders;
      const kept = probability === 0 ? synced : probability === 1 ? all : synced + next() * (all - synced + 1);
      const image = disk.image((order) => (journaling && order !== undefined ? order <= kept : next() < probability));
      images += 1;
      const key = `${done} ${hash(image)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const problems = await examine(scenario, image, done, scratch, seen.size % againEvery === 0);
      const after = step === undefined ? 'the start' : `step ${index}, ${step.kind} ${'path' in step ? step.path : ''}`;
      if (problems.length > 0) bad.push(`after ${after}, ${choice} kept (DUNLIN_SEED=${seed}): ${problems.join('; ')}`);
    }
  }
  if (!done) throw new Error('the process has not said that it was done');
  return { images, looked: seen.size, bad };
}

async function examine(
  scenario: Scenario,
  image: Image,
  done: boolean,
  folder: string,
  repeat: boolean,
): Promise<readonly string[]> {
  writeImage(image, folder);
  try {
    removeUnpublished(backupsIn(folder));
    const found = await look(scenario, folder);
    const problems = [...found.problems];
    if (done && !found.complete) problems.push('what was done is lost');
    if (done && found.running > 0) problems.push('the log still says that the run is under way');
    if (problems.length > 0 || !repeat) return problems;
    const code = await again(scenario, folder);
    const after = await look(scenario, folder);
    problems.push(...after.problems.map((problem) => `once more: ${problem}`));
    if (!after.complete || after.running > 0) problems.push(`once more does not get to the end: ${code}`);
    return problems;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function writeImage(image: Image, folder: string): void {
  mkdirSync(folder);
  for (const [path, bytes] of image) {
    if (bytes === undefined) mkdirSync(join(folder, path));
    else writeFileSync(join(folder, path), bytes);
  }
}

/**
 * A backup gets its manifest first, and counts when it has both; their names are synced together. A file system that
 * does not keep them in order may have the other name alone: Dunlin lists that as one without a manifest.
 */
function removeUnpublished(folder: string): void {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    const [, id] = /^(.*)\.db(?:\.gz|\.zst)?$/.exec(name) ?? [];
    if (id !== undefined && !names.includes(`${id}.json`)) rmSync(join(folder, name));
  }
}

function hash(image: Image): string {
  const sum = createHash('sha256');
  for (const path of [...image.keys()].toSorted()) {
    const bytes = image.get(path);
    sum.update(`${path} ${bytes?.length}\n`);
    if (bytes !== undefined) sum.update(bytes);
  }
  return sum.digest('hex');
}
