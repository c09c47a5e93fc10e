import type { FormatFile } from '../../migration/index.ts';
import { byCodeUnits, byNumber, byOwnNumber, pairMigration, type Folder, type Format } from './format.ts';

/** A file of a pair: `1_name.up.sql`, `0157.down.sql`, `V0001.Name.up.sql`, `30_x.up..sql`, `0002_b_up.sql`. */
const half = /^(?<stem>v?\d[^/]*?)[._](?<part>up|down)\.+sql$/i;

interface Half {
  readonly file: FormatFile;
  readonly stem: string;
  readonly isUp: boolean;
}

function halvesOf(files: readonly FormatFile[]): readonly Half[] {
  return files.flatMap((file) => {
    const groups = half.exec(file.name)?.groups;
    return groups === undefined ? [] : [{ file, stem: groups['stem']!, isUp: /up/i.test(groups['part']!) }];
  });
}

/** `1_name`, `V0001.Name`, `0157`. */
function split(stem: string): { readonly number: string; readonly name: string } {
  const [, number, name] = /^v?(\d+)[_.-]*(.*)$/is.exec(stem)!;
  return { number: number!, name: name! };
}

function readPairs(folder: Folder, order: 'number' | 'name'): void {
  const halves = halvesOf(folder.files);
  const ups = halves.filter(({ isUp }) => isUp).map((one) => ({ ...one, ...split(one.stem) }));
  ups.sort((a, b) => (order === 'number' ? byNumber(a.number, b.number) : 0) || byCodeUnits(a.stem, b.stem));
  const downs = halves.filter(({ isUp }) => !isUp);
  for (const { file, stem, number, name } of ups) {
    // golang-migrate pairs by version alone: the name of the down file may differ.
    const named = downs.find((down) => down.stem === stem);
    const numbered = downs.filter((down) => order === 'number' && split(down.stem).number === number);
    const down = named ?? (numbered.length === 1 ? numbered[0] : undefined);
    const key = order === 'number' ? String(Number(number)) : stem;
    const back = folder.back(downOf(file));
    folder.add(pairMigration({ key, number, name, id: stem, back }, file, down?.file, noTransaction));
  }
  // Of golang-migrate code is no migration: an application runs it before or after one.
  for (const file of folder.files)
    if (/^\d[^/]*(?<!_test)\.go$/.test(file.name)) folder.ignore(file, 'code in Go does not run here', true);
  for (const { file, stem } of downs)
    if (ups.every((up) => up.stem !== stem && (order === 'name' || up.number !== split(stem).number)))
      folder.ignore(file, 'has no UP file beside it', true);
}

/** The path to show of the other file of a pair. */
function downOf(up: FormatFile): string {
  return up.path.replace(/up(\.+\w+)$/i, 'down$1');
}

/** The first line by which sqlx leaves out the transaction. */
function noTransaction(up: string): { readonly noTransaction: boolean } {
  return { noTransaction: /^--\s*no-transaction\s*$/m.test(up.split('\n', 1)[0]!) };
}

const firstPair = (files: readonly FormatFile[]): string | undefined => halvesOf(files)[0]?.file.name;

const draftPair: NonNullable<Format['draft']> = ({ number, name, up, down }) => [
  { name: `${number}_${name}.up.sql`, text: `${up}\n` },
  { name: `${number}_${name}.down.sql`, text: down },
];

export const golangMigrate: Format = {
  name: 'golang-migrate',
  title: 'golang-migrate',
  keyedBy: 'version',
  recognise: firstPair,
  read: (folder) => readPairs(folder, 'number'),
  draft: draftPair,
};

/** Its runner takes the whole name as the version, so several files may have one number. */
export const maragudk: Format = {
  name: 'maragudk',
  title: 'maragu.dev/migrate',
  keyedBy: 'name',
  recognise: (files) => files.find(({ name }) => /^\d[^/]*_(?:up|down)\.sql$/i.test(name))?.name,
  read: (folder) => readPairs(folder, 'name'),
  draft: draftPair,
};

/** Single files or pairs; the first line `-- no-transaction`. */
export const sqlx: Format = {
  name: 'sqlx',
  title: 'sqlx',
  keyedBy: 'version',
  recognise: () => undefined,
  read: (folder) => {
    readPairs(folder, 'number');
    const single = folder.files.flatMap((file) => {
      const [, number, name] = /^(\d+)_([^/]*)\.sql$/i.exec(file.name) ?? [];
      return number === undefined || half.test(file.name) ? [] : [{ file, number, name: name! }];
    });
    for (const { file, number, name } of single)
      folder.add(
        pairMigration(
          { key: String(Number(number)), number, name, id: `${number}_${name}`, back: folder.back() },
          file,
          undefined,
          noTransaction,
        ),
      );
    folder.sort(byOwnNumber);
  },
  draft: ({ number, name, up }) => [{ name: `${number}_${name}.sql`, text: `${up}\n` }],
};

/** `<20 digits>_<name>[.<dialect>][.autocommit].up.sql`; files without a dialect are for those that have none of their own. */
const popxFile =
  /^(?<number>\d+)_(?<name>[^./]+)(?:\.(?<dialect>[a-z0-9]+))??(?<autocommit>\.autocommit)?\.(?<part>up|down)\.(?<ending>sql|fizz)$/;

interface PopxFile {
  readonly file: FormatFile;
  readonly number: string;
  readonly name: string;
  readonly isOwn: boolean;
  readonly autocommit: boolean;
  readonly part: string;
  readonly isSql: boolean;
}

function popxFiles(files: readonly FormatFile[]): readonly PopxFile[] {
  return files.flatMap((file) => {
    const groups = popxFile.exec(file.name)?.groups;
    if (groups === undefined || !/^(?:sqlite3?|all)?$/.test(groups['dialect'] ?? '')) return [];
    const isOwn = groups['dialect']?.startsWith('sqlite') === true;
    const { number, name, part, autocommit, ending } = groups as Record<
      'number' | 'name' | 'part' | 'ending',
      string
    > & {
      autocommit?: string;
    };
    return [{ file, number, name, isOwn, autocommit: autocommit !== undefined, part, isSql: ending === 'sql' }];
  });
}

export const popx: Format = {
  name: 'popx',
  title: 'popx',
  keyedBy: 'name',
  recognise: (files) =>
    files.find(({ name }) => {
      const groups = popxFile.exec(name)?.groups;
      return groups !== undefined && (groups['dialect'] !== undefined || groups['number']!.length > 15);
    })?.name,
  read: (folder) => {
    const found = popxFiles(folder.files);
    const groups = new Map<string, PopxFile[]>();
    for (const one of found) {
      const id = `${one.number}_${one.name}`;
      groups.set(id, [...(groups.get(id) ?? []), one]);
    }
    const ids = [...groups.keys()].sort((a, b) => byNumber(digits(a), digits(b)) || byCodeUnits(a, b));
    for (const id of ids) {
      const files = groups.get(id)!;
      const pick = (part: string): PopxFile | undefined =>
        files.find((one) => one.part === part && one.isOwn) ?? files.find((one) => one.part === part);
      const [up, down] = [pick('up'), pick('down')];
      if (up === undefined) folder.ignore(down!.file, 'has no UP file beside it', true);
      else addPopx(folder, id, up, down);
    }
    folder.explain(popxFile, 'for another database, or there is one for SQLite alone');
  },
  stamps: true,
  draft: (draft) => draftPair({ ...draft, number: draft.number.padEnd(20, '0') }),
};

function addPopx(folder: Folder, id: string, up: PopxFile, down: PopxFile | undefined): void {
  const named = { key: up.number, number: up.number, name: up.name, id, back: folder.back(downOf(up.file)) };
  if (up.isSql)
    folder.add(
      pairMigration(named, up.file, down?.isSql === true ? down.file : undefined, () => ({
        noTransaction: up.autocommit,
      })),
    );
  else
    folder.refuse(up.file, named, 'it is written in Fizz', 'Write it in SQL, in a file of the same name for SQLite.');
}

function digits(id: string): string {
  return /^\d+/.exec(id)![0];
}
