import { readText, type FormatFile, type FormatPart } from '../../migration/index.ts';
import {
  baseOf,
  beside,
  byNumber,
  lazyMigration,
  placeholder,
  type Folder,
  type Format,
  type FormatSettings,
} from './format.ts';

/** `V1.2__name.sql`, `U1.2__name.sql`, `B5__name.sql`, `R__name.sql`; code has other endings. */
const script =
  /^(?<kind>[VUB])(?<version>\d+(?:[._]\d+)*)(?:__(?<name>.*))?\.(?<ending>\w+)$|^(?<repeat>R)__(?<title>.*)\.(?<form>\w+)$/i;

interface Script {
  readonly file: FormatFile;
  readonly kind: string;
  readonly version: string;
  readonly name: string;
  readonly isSql: boolean;
}

function scriptsOf(files: readonly FormatFile[]): readonly Script[] {
  return files.flatMap((file) => {
    const groups = script.exec(baseOf(file.name))?.groups;
    // `V1__a.sql.conf` has the settings of a script.
    if (groups === undefined || groups['ending'] === 'conf' || groups['form'] === 'conf') return [];
    const { kind, version, name, ending, repeat, title, form } = groups as Partial<Record<string, string>>;
    // Flyway takes `_` for `.`, and zeros at the end do not count.
    const dotted = (version ?? '').replaceAll('_', '.').replace(/(?:\.0+)+$/, '');
    const isSql = (ending ?? form)!.toLowerCase() === 'sql';
    return [{ file, kind: (kind ?? repeat)!.toUpperCase(), version: dotted, name: name ?? title ?? '', isSql }];
  });
}

/** Compares dotted versions part by part as numbers. */
function byVersion(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = byNumber(left[i] ?? '0', right[i] ?? '0');
    if (difference !== 0) return difference;
  }
  return 0;
}

function addScript(folder: Folder, one: Script, undos: readonly Script[] | undefined, settings: FormatSettings): void {
  const { file, version, name, isSql } = one;
  const named = {
    key: version,
    number: version.replace(/^0+(?=\d)/, ''),
    name,
    id: baseOf(file.name).replace(/\.\w+$/, ''),
    back: folder.back(undos === undefined ? undefined : beside(file, baseOf(file.name).replace(/^./, 'U'))),
  };
  const undo = undos?.find((other) => byVersion(other.version, version) === 0);
  if (!isSql) {
    const way =
      'Write what it does in SQL, in a file of the same name that ends in .sql, and move this one out of the directory.';
    folder.refuse(file, named, 'it is not SQL', way);
    return;
  }
  const files = undo === undefined ? ([file] as const) : ([file, undo.file] as const);
  folder.add(
    lazyMigration({ ...named, files }, () => ({
      up: withPlaceholders(file, settings),
      down: undo === undefined ? undefined : withPlaceholders(undo.file, settings),
      noTransaction: isOutside(folder, file),
    })),
  );
}

function isOutside(folder: Folder, { name }: FormatFile): boolean {
  const conf = folder.byName.get(`${name}.conf`);
  return conf !== undefined && /^\s*executeInTransaction\s*=\s*false\b/im.test(readText(conf));
}

/** `R__name.sql`, which runs again whenever it changes. */
function addRepeatable(folder: Folder, { file, name, isSql }: Script, settings: FormatSettings): void {
  const id = `R__${name}`;
  if (!isSql) {
    folder.report(
      `${file.name} is repeatable, and it is not SQL`,
      'Write what it does in SQL, in a file of the same name that ends in .sql, and move this one out of the directory.',
    );
    return;
  }
  folder.addRepeatable(
    lazyMigration({ key: baseOf(file.name), number: undefined, name, id, files: [file] }, () => ({
      up: withPlaceholders(file, settings),
      noTransaction: isOutside(folder, file),
    })),
  );
}

function withPlaceholders(file: FormatFile, settings: FormatSettings): FormatPart {
  const source = readText(file).replace(/\$\{([^{}\r\n]+)\}/g, (_, name: string) =>
    placeholder(name, file, 'Flyway', settings),
  );
  return { file: file.path, source, sql: source };
}

/** `undos` is undefined for a tool without a way back. */
function readScripts(
  folder: Folder,
  ups: readonly Script[],
  undos: readonly Script[] | undefined,
  settings: FormatSettings,
): void {
  for (const one of ups.toSorted((a, b) => byVersion(a.version, b.version))) addScript(folder, one, undos, settings);
}

/** `V4__name.sql`. */
const draftScript: NonNullable<Format['draft']> = ({ number, name, up }) => [
  { name: `V${number}__${name}.sql`, text: `${up}\n` },
];

export const flyway: Format = {
  name: 'flyway',
  title: 'Flyway',
  keyedBy: 'version',
  recognise: (files) => files.find(({ name }) => /^(?:[^/]+\/)*[VB]\d[\d._]*__[^/]*\.sql$/i.test(name))?.name,
  read: (folder, settings) => {
    const scripts = scriptsOf(folder.files);
    const of = (kind: string): readonly Script[] => scripts.filter((one) => one.kind === kind);
    const versioned = of('V');
    // Where the versions up to a baseline are there as well, they make the same.
    const baseline = of('B')
      .toSorted((a, b) => byVersion(a.version, b.version))
      .at(-1);
    const isNeeded =
      baseline !== undefined && versioned.every(({ version }) => byVersion(version, baseline.version) > 0);
    const ups = isNeeded ? [baseline, ...versioned] : versioned;
    readScripts(folder, ups, of('U'), settings);
    for (const { file } of of('B'))
      if (!isNeeded || file !== baseline?.file) folder.ignore(file, 'a baseline of versions that are there as well');
    for (const { file, version } of of('U'))
      if (ups.every((one) => byVersion(one.version, version) !== 0))
        folder.ignore(file, 'undoes a version that is not there', true);
    for (const one of of('R')) addRepeatable(folder, one, settings);
    folder.expect(/\.conf$/);
  },
  draft: draftScript,
};

/** `U` is no undo in refinery, but a migration whose version may leave a gap. */
export const refinery: Format = {
  name: 'refinery',
  title: 'refinery',
  keyedBy: 'version',
  recognise: (files) => files.find(({ name }) => /^(?:[VU]\d+__[^/]*|mod)\.rs$/.test(name))?.name,
  read: (folder, settings) => {
    const scripts = scriptsOf(folder.files).filter(({ kind }) => kind === 'V' || kind === 'U');
    readScripts(folder, scripts, undefined, settings);
    folder.expect(/^mod\.rs$/);
  },
  draft: draftScript,
};
