import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { directoryOptions, generalOptions, inheritedOptions, longName } from '../../src/cli/global-options.ts';
import { completeCommands } from '../../src/cli/output/command-hints.ts';
import { catalogue, dunlinError, type DunlinError, type ErrorCode } from '../../src/errors/index.ts';
import { Folder } from '../cli/harness.ts';
import { samples, variants } from './samples.ts';

const errors = (Object.keys(catalogue) as ErrorCode[]).flatMap((code) =>
  [samples[code], ...(variants[code] ?? [])].map((facts) => dunlinError(code, facts as never)),
);

/** What people put in place of what only they know. */
const placeholders: Readonly<Record<string, string>> = {
  '<version>': '1',
  '<name>': 'add_tags',
  '<database>': 'app.db',
  '<command>': 'up',
};

/** The commands of a text, each as it would be typed. */
function commandsIn(text: string): readonly string[] {
  return (
    [...text.matchAll(/`(dunlin [a-z][^`]*)`/g)]
      .map(([, command]) => command!)
      // The usage of a command, `dunlin up [options]`, is not for typing.
      .filter((command) => !command.includes('['))
      .map((command) => command.replaceAll(/<\w+>/g, (placeholder) => placeholders[placeholder] ?? placeholder))
  );
}

/** Words and texts in quotes, as a shell parts them. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

let folder: Folder | undefined;
afterEach(() => folder?.remove());

/** A database with seven migrations, the last of them pending, and a backup. */
async function project(): Promise<Folder> {
  const made = new Folder();
  for (const version of [1, 2, 3, 4, 5, 6])
    made.write(
      `migrations/00${version}_t${version}.sql`,
      `-- === UP ===\nCREATE TABLE t${version} (x);\n-- === DOWN ===\nDROP TABLE t${version};\n`,
    );
  made.write('dunlin.config.json', '{ "database": "app.db" }');
  expect((await made.run(['up'])).code).toBe(0);
  made.write('migrations/007_tidy.sql', 'CREATE TABLE t7 (x);');
  return made;
}

/** What is wrong with how a command is written, whatever it then finds. */
const cannotBeTyped =
  /error (?:COMMAND_UNKNOWN|OPTION_UNKNOWN|USAGE|MIGRATION_NAME_EMPTY|OPTIONS_CONFLICT|OPTION_INVALID)[^]*/;

async function complaintsAbout(typed: Iterable<string>): Promise<readonly string[]> {
  const complaints: string[] = [];
  for (const command of new Set(typed)) {
    folder = await project();
    const words = wordsOf(command).slice(1);
    // `dev` ends with a signal only.
    const stopped = { onStopSignal: (send: (signal: 'SIGINT') => void): void => void setImmediate(send, 'SIGINT') };
    const { err } = await folder.run(words, words[0] === 'dev' ? stopped : {});
    const complaint = cannotBeTyped.exec(err)?.[0];
    if (complaint !== undefined) complaints.push(`${command}\n${complaint}`);
    folder.remove();
  }
  folder = undefined;
  return complaints;
}

/** The texts of src without comments: what may be printed is among them. */
function printedTexts(): readonly string[] {
  const src = resolve(import.meta.dirname, '../../src');
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) =>
      readFileSync(join(src, file), 'utf8')
        .replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, '')
        .replaceAll('\\`', '`')
        // What is put there when it is printed; most often a version.
        .replaceAll(/(?<=--layout )\$\{[^}]*\}/g, 'standard')
        .replaceAll(/(?<=completion )\$\{[^}]*\}/g, 'bash')
        .replaceAll(/(?<=`dunlin [a-z][^`\n]*)\$\{[^}]*\}/g, '1'),
    );
}

describe('a command that is named', () => {
  it('can be typed, in every hint', async () => {
    const typed = errors.flatMap(({ hint }) => commandsIn(hint));
    expect(typed.length).toBeGreaterThan(40);
    expect(await complaintsAbout(typed)).toEqual([]);
  });

  it('starts the program as this one was started, in every hint', () => {
    const hints = errors.map(({ hint }) => completeCommands(hint, { launcher: 'npx dunlin', target: [] }));
    expect(hints.flatMap(commandsIn)).toEqual([]);
    expect(hints.filter((hint) => hint.includes('`npx dunlin ')).length).toBeGreaterThan(40);
  });

  it('can be typed, wherever else it is printed', async () => {
    const typed = printedTexts().flatMap(commandsIn);
    expect(typed.length).toBeGreaterThan(30);
    expect(await complaintsAbout(typed)).toEqual([]);
  });

  it('is one that is looked for: what cannot be typed is seen', async () => {
    const wrong = [
      'dunlin try',
      'dunlin baseline',
      'dunlin up --nowhere',
      'dunlin upp',
      'dunlin create',
      'dunlin up 3',
    ];
    expect(await complaintsAbout(wrong)).toHaveLength(wrong.length);
    expect(commandsIn('Type `dunlin baseline <version> --table x`.')).toEqual(['dunlin baseline 1 --table x']);
  });
});

describe('an option that is named', () => {
  const known = new Set(
    [
      ...generalOptions,
      ...directoryOptions,
      ...commands.flatMap((command) =>
        [command, ...(command.commands ?? [])].flatMap((one) => [...one.options, ...inheritedOptions(one)]),
      ),
    ].map(({ flags }) => longName(flags)),
  );

  it('exists, in every hint', () => {
    const isKnown = ({ code, hint }: DunlinError): boolean =>
      // Of esbuild.
      code === 'SOURCE_VALUE_INVALID' ||
      (hint.replaceAll(/`(?:git|npx) [^`]*`/g, '').match(/(?<![-\w])--[a-z][-a-z]*/g) ?? []).every((flag) =>
        known.has(flag),
      );
    expect(errors.filter((error) => !isKnown(error)).map(({ code, hint }) => `${code}: ${hint}`)).toEqual([]);
  });
});
