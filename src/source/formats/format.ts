import { dunlinError, isDunlinError, type DunlinError, type WayBack } from '../../errors/index.ts';
import {
  readText,
  type FormatFile,
  type FormatMigration,
  type FormatName,
  type FormatPart,
  type IgnoredFile,
} from '../../migration/index.ts';

/** What the user says of a format beyond its name. */
export interface FormatSettings {
  /** The values of `${name}` in files of Flyway and goose. */
  readonly placeholders?: Readonly<Record<string, string>>;
}

/** The result of reading a folder in a format. */
export interface FormatContents {
  /** In the order in which the tool applies them. */
  readonly migrations: readonly FormatMigration[];
  /** Those that run again whenever they change. They have no version. */
  readonly repeatables: readonly FormatMigration[];
  readonly ignored: readonly IgnoredFile[];
  /** Files that are migrations of the tool and cannot run here, and what is wrong with the folder. */
  readonly problems: readonly DunlinError[];
}

/** The format of a tool's folder of migrations. */
export interface Format {
  readonly name: FormatName;
  /** As messages name it: `golang-migrate`. */
  readonly title: string;
  /**
   * What the tool identifies a migration by. `version`: it refuses two with one version; `name`: the version only orders.
   */
  readonly keyedBy: 'version' | 'name';
  /** By what the folder is recognised as this tool's (`meta/_journal.json`); undefined if it is another one's. */
  readonly recognise: (files: readonly FormatFile[]) => string | undefined;
  readonly read: (folder: Folder, settings: FormatSettings) => void;
  /** How a new migration is written; undefined where only the tool can add one. */
  readonly draft?: (draft: Draft) => readonly DraftFile[];
  /** The command of the tool that adds a migration, where the tool alone can do that. */
  readonly addCommand?: (name: string) => string;
  /** Whether new versions are times. Default: as the newest is. */
  readonly stamps?: boolean;
}

/** A new migration. */
export interface Draft {
  /** The digits of its version. */
  readonly number: string;
  /** `add_user_roles`. */
  readonly name: string;
  /** What stands between the version and the name of the newest one; `_` if there is none. */
  readonly separator: string;
  /** Its SQL, or the line that says that it is missing. */
  readonly up: string;
  /** Its DOWN part with a line end; empty for one to be written. A format without DOWN parts leaves it out. */
  readonly down: string;
}

/** A file of a new migration, by its path within the folder. */
export interface DraftFile {
  readonly name: string;
  readonly text: string;
}

/** A folder while it is read: its files, and what was found in them. */
export class Folder {
  /** The path, for messages. */
  readonly source: string;
  readonly files: readonly FormatFile[];
  readonly #format: Format;
  readonly #migrations: FormatMigration[] = [];
  readonly #repeatables: FormatMigration[] = [];
  readonly #ignored: IgnoredFile[] = [];
  readonly #problems: DunlinError[] = [];
  readonly #own: RegExp[] = [];
  readonly #reasons: (readonly [files: RegExp, reason: string])[] = [];

  constructor(source: string, files: readonly FormatFile[], format: Format) {
    this.source = source;
    this.files = files;
    this.#format = format;
  }

  /** Where the DOWN part of a migration belongs: a file to show; undefined where there is none. */
  back(place?: string): WayBack {
    return { tool: this.#format.title, place };
  }

  /** The files by name. */
  get byName(): ReadonlyMap<string, FormatFile> {
    return new Map(this.files.map((file) => [file.name, file]));
  }

  add(...migrations: readonly FormatMigration[]): void {
    this.#migrations.push(...migrations);
  }

  /** A migration that runs again whenever it changes. */
  addRepeatable(migration: FormatMigration): void {
    this.#repeatables.push(migration);
  }

  /** A file that is no migration of the tool. */
  ignore({ name }: FormatFile, reason: string, mayBeMigration: boolean = false): void {
    if (this.#ignored.some(({ file }) => file === name)) return;
    this.#ignored.push({ file: name, reason, mayBeMigration });
  }

  /** Files that the tool itself keeps there and that are no migrations: nothing has to be said about them. */
  expect(files: RegExp): void {
    this.#own.push(files);
  }

  /** Why files are ignored that are part of no migration. */
  explain(files: RegExp, reason: string): void {
    this.#reasons.push([files, reason]);
  }

  /** Sorts the migrations that were added so far. */
  sort(compare: (a: FormatMigration, b: FormatMigration) => number): void {
    this.#migrations.sort(compare);
  }

  /**
   * A file that is a migration of the tool and cannot run here. It is one of the list all the same, because a database may
   * have it already.
   */
  refuse(file: FormatFile, named: Omit<Named, 'files'>, fact: string, way: string): void {
    const error = dunlinError('FORMAT_FILE', { file: file.path, tool: this.#format.title, fact, way });
    const load = (): never => {
      throw error;
    };
    this.#migrations.push({ ...ownText(named, file), load });
  }

  /** The folder does not fit what it says of itself. */
  report(fact: string, way: string): void {
    this.#problems.push(dunlinError('FORMAT_FOLDER', { source: this.source, tool: this.#format.title, fact, way }));
  }

  /** The text of a file; empty, and reported, if it cannot be read. */
  text(file: FormatFile): string {
    try {
      return readText(file);
    } catch (error) {
      if (!isDunlinError(error)) throw error;
      this.#problems.push(error);
      return '';
    }
  }

  /** The files that are part of no migration. */
  get unused(): readonly FormatFile[] {
    const used = new Set([...this.#migrations, ...this.#repeatables].flatMap(({ files }) => files));
    return this.files.filter((file) => !used.has(file));
  }

  contents(): FormatContents {
    const named = new Set(this.#ignored.map(({ file }) => file));
    const others = this.unused
      .filter(({ name }) => !named.has(name) && !this.#own.some((files) => files.test(name)))
      .map((file) => ({ file: file.name, ...this.#reasonFor(file) }));
    return {
      migrations: this.#migrations,
      repeatables: this.#repeatables,
      ignored: [...this.#ignored, ...others],
      problems: this.#problems,
    };
  }

  /** An SQL file of which the format says nothing may be intended as a migration. */
  #reasonFor({ name }: FormatFile): Omit<IgnoredFile, 'file'> {
    const reason = this.#reasons.find(([files]) => files.test(name))?.[1];
    if (reason !== undefined) return { reason, mayBeMigration: false };
    return {
      reason: `no migration in the format of ${this.#format.title}`,
      mayBeMigration: /\d[^/]*\.sql$/i.test(name),
    };
  }
}

/** The value of a placeholder. SQL has no `${`, so one without a value is an error before anything runs. */
export function placeholder(
  name: string,
  { path }: FormatFile,
  tool: string,
  { placeholders }: FormatSettings,
): string {
  const value = placeholders?.[name];
  if (value !== undefined) return value;
  throw dunlinError('FORMAT_FILE', {
    file: path,
    tool,
    fact: `it has the placeholder "${name}", and no value is given for it`,
    way: `Give its value in the configuration: \`placeholders: { '${name}': '...' }\`.`,
  });
}

/** The parts of a migration in SQL, and what its file says about itself. */
export interface Parts {
  readonly up: FormatPart;
  readonly down?: FormatPart | undefined;
  readonly noTransaction?: boolean;
  readonly destructive?: readonly string[];
}

type Named = Pick<
  FormatMigration,
  'key' | 'number' | 'name' | 'id' | 'files' | 'back' | 'unsaid' | 'removed' | 'indexNames'
>;

/** A migration whose parts are found on first use, because most starts find it applied. `find` throws a DunlinError. */
export function lazyMigration(named: Named, find: () => Parts): FormatMigration {
  let found: Parts | undefined;
  const parts = (): Parts => (found ??= find());
  return {
    ...named,
    id: named.id.normalize('NFC'),
    name: named.name.normalize('NFC'),
    get up() {
      return parts().up;
    },
    get down() {
      return parts().down;
    },
    get noTransaction() {
      return parts().noTransaction ?? false;
    },
    get destructive() {
      return parts().destructive ?? [];
    },
  };
}

/** A migration without parts: its text is read as that of one of Dunlin's own files, or it is code. */
export function ownText(named: Omit<Named, 'files'>, file: FormatFile): FormatMigration {
  const id = named.id.normalize('NFC');
  return { ...named, id, files: [file], up: undefined, down: undefined, noTransaction: false, destructive: [] };
}

/** A whole file as a part. */
export function wholePart(file: FormatFile, change: (text: string) => string = (text) => text): FormatPart {
  const source = readText(file);
  return { file: file.path, source, sql: change(source) };
}

/** A migration with its UP part in one file and its DOWN part, if it has one, in another. */
export function pairMigration(
  named: Omit<Named, 'files'>,
  up: FormatFile,
  down: FormatFile | undefined,
  marks: (up: string) => Omit<Parts, 'up' | 'down'> = () => ({}),
): FormatMigration {
  return lazyMigration({ ...named, files: down === undefined ? [up] : [up, down] }, () => {
    const part = wholePart(up);
    return { up: part, down: down === undefined ? undefined : wholePart(down), ...marks(part.source) };
  });
}

/** What to do with a migration in a language that does not run here. */
export const rewrite = 'Write what it does in SQL, in a file of the same name, and move this one out of the directory.';

/** The text of a file by which its format may be recognised; empty if it cannot be read, which is reported later. */
export function peek(file: FormatFile): string {
  try {
    return readText(file);
  } catch {
    return '';
  }
}

/** The path to show of a file beside another one. */
export function beside({ name, path }: FormatFile, other: string): string {
  return `${path.slice(0, path.length - baseOf(name).length)}${other}`;
}

/** The file's name without directories, and without its ending. */
export function stemOf(name: string): string {
  return baseOf(name).replace(/\.[^.]*$/, '');
}

export function baseOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** The version in front of a name, and the rest. */
export function splitName(stem: string): { readonly number: string | undefined; readonly name: string } {
  const [, number, name] = /^(\d+)[_.-]*(.*)$/s.exec(stem) ?? [];
  return number === undefined ? { number, name: stem } : { number, name: name! };
}

/** Compares by code units, as most tools sort file names. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares migrations by their numbers; those without one come first. */
export function byOwnNumber(a: Pick<FormatMigration, 'number'>, b: Pick<FormatMigration, 'number'>): number {
  return byNumber(a.number ?? '', b.number ?? '');
}

/** Compares the digits of versions as numbers of any length. */
export function byNumber(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')];
  return left.length - right.length || byCodeUnits(left, right);
}
