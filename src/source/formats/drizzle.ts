import { commentsIn, type FormatFile, type FormatPart, type TableClause } from '../../migration/index.ts';
import { lazyMigration, splitName, wholePart, type Folder, type Format } from './format.ts';
import { readFolders } from './directories.ts';
import { removedBetween } from './drizzle-snapshots.ts';

const journalFile = 'meta/_journal.json';

interface JournalEntry {
  readonly idx: number;
  readonly when: number;
  readonly tag: string;
}

/**
 * Its schema has CHECK, and AUTOINCREMENT only where it is written again in every table. A generated column that it has
 * never had and one that was removed from it differ only in the snapshots.
 */
const unsaid: readonly TableClause[] = ['autoincrement', 'collate', 'generated', 'strict', 'without-rowid'];

/** The files of Drizzle Kit: named in a journal, or since version 1 in a directory each. */
export const drizzle: Format = {
  name: 'drizzle',
  title: 'Drizzle',
  keyedBy: 'name',
  addCommand: (name) => `npx drizzle-kit generate --custom --name=${name}`,
  recognise: (files) => {
    if (files.some(({ name }) => name === journalFile)) return journalFile;
    const snapshot = files.find(({ name }) => /^[^/]+\/snapshot\.json$/.test(name));
    return snapshot?.name;
  },
  read: (folder) => {
    const journal = folder.byName.get(journalFile);
    if (journal === undefined)
      readFolders(folder, {
        up: 'migration.sql',
        key: (directory) => directory,
        part: splitAtBreakpoints,
        unsaid,
        removed: (directory, before) => {
          const [was, is] = [before, directory].map((name) => folder.byName.get(`${name}/snapshot.json`));
          return removedBetween(was, is);
        },
      });
    else readJournal(folder, journal);
    folder.expect(/^meta\/|\/snapshot\.json$/);
  },
};

function readJournal(folder: Folder, journal: FormatFile): void {
  const found = entriesOf(folder, journal);
  if (found === undefined) return;
  const files = folder.byName;
  const names = new Set(found.map(({ tag }) => `${tag}.sql`));
  const snapshotOf = (entry: JournalEntry | undefined): FormatFile | undefined =>
    entry && files.get(`meta/${entry.tag.split('_', 1)[0]!}_snapshot.json`);
  for (const [i, entry] of found.entries()) {
    const { tag, when } = entry;
    const file = files.get(`${tag}.sql`);
    if (file === undefined) {
      folder.report(
        `${journalFile} names ${tag}, and there is no ${tag}.sql`,
        'Restore that file, from version control or a copy.',
      );
      continue;
    }
    const named = {
      key: String(when),
      ...splitName(tag),
      id: tag,
      files: [file] as const,
      back: folder.back(),
      unsaid,
      removed: () => removedBetween(snapshotOf(found[i - 1]), snapshotOf(entry)),
    };
    folder.add(lazyMigration(named, () => ({ up: splitAtBreakpoints(file) })));
  }
  for (const file of folder.files)
    if (/^[^/]+\.sql$/.test(file.name) && !names.has(file.name)) folder.ignore(file, `not in ${journalFile}`, true);
}

/** The entries in their order; undefined, and reported, if the journal is none. */
function entriesOf(folder: Folder, journal: FormatFile): readonly JournalEntry[] | undefined {
  const broken = (fact: string): undefined =>
    folder.report(
      `${journalFile} ${fact}`,
      'Restore that file, from version control or with `drizzle-kit`.',
    ) as undefined;
  let content: { readonly entries?: unknown; readonly dialect?: unknown } | null;
  try {
    content = JSON.parse(folder.text(journal)) as typeof content;
  } catch {
    return broken('is not JSON');
  }
  const entries = content?.entries;
  const isEntry = (entry: Partial<JournalEntry> | null): boolean =>
    typeof entry?.idx === 'number' && typeof entry.when === 'number' && typeof entry.tag === 'string';
  if (!Array.isArray(entries) || !entries.every(isEntry))
    return broken('has no list of entries with idx, when and tag');
  const { dialect } = content!;
  if (typeof dialect === 'string' && !/^(?:sqlite|turso)$/.test(dialect))
    return folder.report(
      `${journalFile} is for ${dialect}, not SQLite`,
      'Give the directory of the migrations for SQLite.',
    ) as undefined;
  const found = entries as readonly JournalEntry[];
  const twice = found.find(({ tag }, i) => found.findIndex((other) => other.tag === tag) < i);
  // Drizzle applies them as they are listed, whatever their idx.
  return twice === undefined ? found : broken(`has ${twice.tag} twice`);
}

const breakpoint = '--> statement-breakpoint';

/** Drizzle executes what stands between two breakpoints as one statement, which need not end in `;`. */
function splitAtBreakpoints(file: FormatFile): FormatPart {
  return wholePart(file, (text) => {
    let sql = '';
    let at = 0;
    // Within a string it is text.
    for (const { start, end, text: comment } of commentsIn(text)) {
      if (!comment.startsWith(breakpoint)) continue;
      sql +=
        text.slice(at, start) + text.slice(start, end).replaceAll(breakpoint, `;${' '.repeat(breakpoint.length - 1)}`);
      at = end;
    }
    return sql + text.slice(at);
  });
}
