/**
 * The rooms of src and what each may import, from the inside out. Three are no folders: `options` is src/options.ts,
 * the options' types; `index` is src/index.ts, the API of the neutral core; `.` are the other files of src (the runner).
 */
const LEVELS: readonly (readonly string[])[] = [
  ['errors'],
  ['sql'],
  ['bridge'],
  ['migration', 'schema'],
  ['source', 'ledger', 'rebuild', 'diagram', 'sample'],
  ['plan'],
  ['options'],
  ['backup'],
  ['execute'],
  ['operations'],
  ['.'],
  ['drivers', 'testing'],
  ['index'],
  ['node'],
  ['cli'],
];

/** The rooms that know nothing of Node. */
export const NEUTRAL: ReadonlySet<string> = new Set(LEVELS.flat().filter((room) => room !== 'node' && room !== 'cli'));

export const ROOMS: readonly string[] = LEVELS.flat();

/** Rooms on one level do not know each other, but `testing` may use the drivers. */
export function mayImport(from: string, to: string): boolean {
  if (from === to || (from === 'testing' && to === 'drivers')) return true;
  if (to === 'testing') return false;
  return level(to) < level(from);
}

/** The room of a file, given relative to src: `sql/split.ts` is in `sql`. */
export function roomOf(file: string): string {
  if (file === 'options.ts' || file === 'index.ts') return file.slice(0, -'.ts'.length);
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '.';
}

function level(room: string): number {
  return LEVELS.findIndex((rooms) => rooms.includes(room));
}
