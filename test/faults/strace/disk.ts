import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Step } from './steps.ts';

/** The smallest piece that a disk writes whole: a longer write may be torn between two. */
const sector = 512;

/** What a write does. */
interface Piece {
  readonly offset: number;
  readonly bytes: Buffer;
}
interface Resize {
  readonly size: number;
  /** Names and sizes are what file systems keep journals of: the how-manieth such change of the whole disk it is. */
  readonly order: number;
}
type Change = Piece | Resize;
interface File {
  readonly kind: 'file';
  /** What a sync has brought to the disk. */
  durable: Buffer;
  pending: Change[];
}
type Entry = File | Folder;
/** One of two for a file that comes or goes; both, in one step, for one that is renamed. */
interface NameChange {
  readonly order: number;
  readonly remove?: string;
  readonly add?: readonly [name: string, entry: Entry];
}
interface Folder {
  readonly kind: 'folder';
  readonly names: Map<string, Entry>;
  durable: Map<string, Entry>;
  pending: NameChange[];
}

/** Decides on a change that is not on the disk for sure. `order` is undefined for a piece of a write. */
export type Keep = (order: number | undefined) => boolean;

/** What lies on a disk after a power cut: a path within the folder, and bytes; undefined for a folder. */
export type Image = ReadonlyMap<string, Buffer | undefined>;

/**
 * A disk with a cache, as far as POSIX promises anything: what was written to a file is on the disk after a sync of
 * that file, what was done to the names in a folder after a sync of that folder, and before that each piece for
 * itself is there or not. So a sync of a new file does not make its name durable; and a sync of a new folder does not
 * make the folder's own name durable: that takes one of its parent.
 *
 * It is harsher than what is mostly met. ext4, XFS, btrfs, APFS and NTFS keep changes of names and sizes in order, and
 * a sync brings all of them that came before (`orders`). SQLite with `synchronous = EXTRA` does not rely on it: it syncs
 * the folder of a journal before it touches the database, and after it has removed the journal. It relies on one thing,
 * which holds here as well: a write does not change bytes beside its own ("powersafe overwrite",
 * https://sqlite.org/psow.html).
 */
export class Disk {
  readonly #path: string;
  readonly #root: Folder;
  #order = 0;
  #ordered = 0;

  /** Begins with what is in a folder now, all of it durable. */
  constructor(path: string) {
    this.#path = path;
    this.#root = load(path);
  }

  /** How many changes of names and sizes there were, and how many when something was synced last. */
  get orders(): { readonly all: number; readonly synced: number } {
    return { all: this.#order, synced: this.#ordered };
  }

  apply(step: Step): void {
    if (step.kind === 'said') return;
    const [folder, name] = this.#find(step.path);
    const entry = name === '' ? folder : folder.names.get(name);
    switch (step.kind) {
      case 'open':
        if (entry === undefined && step.create) this.#rename(folder, { add: [name, newFile()] });
        else if (step.truncate) fileAt(entry, step.path).pending.push({ size: 0, order: this.#next() });
        return;
      case 'write':
        fileAt(entry, step.path).pending.push(...sectors(step.offset, step.bytes));
        return;
      case 'truncate':
        fileAt(entry, step.path).pending.push({ size: step.size, order: this.#next() });
        return;
      case 'sync':
        this.#ordered = this.#order;
        return sync(entry, step.path);
      case 'remove':
        return this.#rename(folder, { remove: name });
      case 'folder':
        return this.#rename(folder, { add: [name, newFolder()] });
      case 'rename': {
        const [target, newName] = this.#find(step.to);
        if (target !== folder || entry === undefined) throw new Error(`renaming ${step.path} is not modelled`);
        return this.#rename(folder, { remove: name, add: [newName, entry] });
      }
    }
  }

  /** What is there if the power fails now. */
  image(keep: Keep): Image {
    const image = new Map<string, Buffer | undefined>();
    collect(this.#root, '', keep, image);
    return image;
  }

  #rename(folder: Folder, change: Omit<NameChange, 'order'>): void {
    apply(folder.names, change);
    folder.pending.push({ ...change, order: this.#next() });
  }

  #next(): number {
    return (this.#order += 1);
  }

  #find(path: string): [folder: Folder, name: string] {
    const parts = relative(this.#path, path).split('/');
    const name = parts.pop()!;
    let folder = this.#root;
    for (const part of parts) {
      const next = folder.names.get(part);
      if (next?.kind !== 'folder') throw new Error(`there is no folder for ${path}`);
      folder = next;
    }
    return [folder, name];
  }
}

function load(path: string): Folder {
  const entries = readdirSync(path).map((name): [string, Entry] => {
    const child = join(path, name);
    return [name, statSync(child).isDirectory() ? load(child) : newFile(readFileSync(child))];
  });
  return { kind: 'folder', names: new Map(entries), durable: new Map(entries), pending: [] };
}

function newFile(durable: Buffer = Buffer.alloc(0)): File {
  return { kind: 'file', durable, pending: [] };
}

function newFolder(): Folder {
  return { kind: 'folder', names: new Map(), durable: new Map(), pending: [] };
}

function fileAt(entry: Entry | undefined, path: string): File {
  if (entry?.kind !== 'file') throw new Error(`there is no file ${path}`);
  return entry;
}

function apply(names: Map<string, Entry>, { remove, add }: Omit<NameChange, 'order'>): void {
  if (remove !== undefined) names.delete(remove);
  if (add !== undefined) names.set(...add);
}

function sync(entry: Entry | undefined, path: string): void {
  if (entry === undefined) throw new Error(`there is no ${path} to sync`);
  if (entry.kind === 'file') entry.durable = content(entry, () => true);
  else entry.durable = names(entry, () => true);
  entry.pending = [];
}

function sectors(offset: number, bytes: Buffer): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + sector - ((offset + at) % sector));
    pieces.push({ offset: offset + at, bytes: bytes.subarray(at, end) });
    at = end;
  }
  return pieces;
}

function content(file: File, keep: Keep): Buffer {
  const kept = file.pending.filter((change) => keep('order' in change ? change.order : undefined));
  if (kept.length === 0) return file.durable;
  const ends = kept.map((change) => ('size' in change ? change.size : change.offset + change.bytes.length));
  const bytes = Buffer.alloc(Math.max(file.durable.length, ...ends));
  file.durable.copy(bytes);
  let size = file.durable.length;
  for (const [index, change] of kept.entries()) {
    if ('size' in change) {
      // What is cut off reads as zeros when the file grows again.
      bytes.fill(0, change.size);
      size = change.size;
    } else {
      change.bytes.copy(bytes, change.offset);
      size = Math.max(size, ends[index]!);
    }
  }
  return bytes.subarray(0, size);
}

function names(folder: Folder, keep: Keep): Map<string, Entry> {
  const found = new Map(folder.durable);
  for (const change of folder.pending) if (keep(change.order)) apply(found, change);
  return found;
}

function collect(folder: Folder, at: string, keep: Keep, image: Map<string, Buffer | undefined>): void {
  for (const [name, entry] of names(folder, keep)) {
    const path = at === '' ? name : `${at}/${name}`;
    if (entry.kind === 'file') image.set(path, content(entry, keep));
    else {
      image.set(path, undefined);
      collect(entry, path, keep, image);
    }
  }
}
