// How much longer a process takes that imports the library than an empty one.
import { median, modesOf, peersFolder, root, runCommand } from '../support.mjs';

export const title = 'Import';
export const about = 'A process that imports the library, without a driver, against an empty one.';

const seconds = 25;

const modules = {
  empty: [],
  dunlin: ['dunlin'],
};

export function measure(bench) {
  const cases = Object.entries({
    ...modules,
    ...Object.fromEntries(
      Object.entries(bench.tools)
        .filter(([, { library }]) => library !== undefined)
        .map(([name, { library }]) => [name, library]),
    ),
  });
  const found = { pinned: {}, free: {} };
  const began = performance.now();
  for (let round = 0; round < bench.rounds.most; round++) {
    if (round >= bench.rounds.least && performance.now() - began > seconds * 1000 * bench.rounds.scale) break;
    for (const mode of modesOf(bench))
      for (const [name, specifiers] of cases) {
        const code = specifiers.map((specifier) => `import ${JSON.stringify(specifier)};`).join('');
        // Where the packages are found.
        const cwd = name === 'dunlin' || name === 'empty' ? root : peersFolder;
        const command = [process.execPath, '--input-type=module', '-e', code];
        const { wall, cpu } = runCommand(command, { pinned: mode === 'pinned', cwd });
        (found[mode][name] ??= []).push({ wall, cpu });
      }
  }
  const runs = Object.fromEntries(
    Object.entries(found)
      .filter(([, byName]) => byName.empty !== undefined)
      .map(([mode, byName]) => {
        const { empty, ...others } = byName;
        const beyond = (of, measured, pick) => pick(measured.map((run) => run[of])) - pick(empty.map((run) => run[of]));
        const both = (of, measured) => ({
          empty: Math.min(...empty.map((run) => run[of])),
          least: beyond(of, measured, (values) => Math.min(...values)),
          middle: beyond(of, measured, median),
        });
        return [
          mode,
          Object.fromEntries(
            Object.entries(others).map(([name, measured]) => [
              name,
              { wall: both('wall', measured), cpu: both('cpu', measured) },
            ]),
          ),
        ];
      }),
  );
  return { columns: [{ id: 'import', head: 'more than an empty process', of: 'process', runs }] };
}
