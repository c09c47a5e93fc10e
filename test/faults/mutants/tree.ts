import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Edit, Selection } from './mutant.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const needed = [
  'src',
  'test',
  'examples',
  'scripts',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vitest.config.ts',
];

/** How a test ended, as Vitest tells it. */
export interface TestOutcome {
  readonly file: string;
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** The first lines of what was thrown. */
  readonly thrown: readonly string[];
}

/** A copy of the project that may be broken. */
export class Tree {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'dunlin-mutant-'));

  constructor() {
    // Some tests have another user look into it.
    chmodSync(this.folder, 0o755);
    for (const name of needed) cpSync(join(project, name), join(this.folder, name), { recursive: true });
    // One link for each package: what Vite keeps in node_modules belongs to the copy.
    const packages = join(project, 'node_modules');
    mkdirSync(join(this.folder, 'node_modules'));
    for (const name of readdirSync(packages).filter((entry) => !entry.startsWith('.')))
      symlinkSync(join(packages, name), join(this.folder, 'node_modules', name));
  }

  /** Replaces a text that stands in its file once. */
  edit({ file, from, to }: Edit): void {
    const path = join(this.folder, file);
    const parts = existsSync(path) ? readFileSync(path, 'utf8').split(from) : [];
    if (parts.length !== 2)
      throw new Error(
        `renew the mutant: in ${file} this stands ${Math.max(0, parts.length - 1)} times, not once:\n${from}`,
      );
    writeFileSync(path, parts.join(to));
  }

  /** For tests that start processes of the built library. */
  async build(): Promise<void> {
    const { exitCode, output } = await this.#node('scripts/build.mjs', []);
    if (exitCode !== 0) throw new Error(`it does not compile:\n${output}`);
  }

  /** Runs the tests of these files whose names contain these texts, whatever else is in the files. */
  async run(selections: readonly Selection[]): Promise<{ exitCode: number | null; outcomes: readonly TestOutcome[] }> {
    const report = join(this.folder, 'report.json');
    const titles = new Set(selections.map(({ title }) => title.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)));
    const files = new Set(selections.map(({ file }) => file));
    const { exitCode, output } = await this.#node('node_modules/vitest/vitest.mjs', [
      'run',
      ...files,
      `--testNamePattern=${[...titles].join('|')}`,
      '--maxWorkers=1',
      '--coverage.enabled=false',
      '--reporter=json',
      `--outputFile=${report}`,
    ]);
    if (!existsSync(report)) throw new Error(`Vitest has made no report:\n${output}`);
    return { exitCode, outcomes: readReport(readFileSync(report, 'utf8'), this.folder) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #node(script: string, args: readonly string[]): Promise<{ exitCode: number | null; output: string }> {
    // The inner Vitest must not inherit the name, the reporters and the coverage of the outer one.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(?:CI$|VITEST|TINYPOOL|DUNLIN_|NODE_V8_COVERAGE)/.test(name)),
    );
    const child = spawn(process.execPath, [script, ...args], {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => void said.push(String(chunk)));
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { exitCode, output: said.join('') };
  }
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Throws for a file of tests that could not even be loaded: nothing failed in there, and nothing passed. */
function readReport(text: string, folder: string): readonly TestOutcome[] {
  return (JSON.parse(text) as Report).testResults.flatMap(({ name, message, assertionResults }) => {
    if (assertionResults.length === 0) throw new Error(`${name} could not be loaded: ${message}`);
    return assertionResults.map(({ fullName, status, failureMessages }) => ({
      file: name.replace(`${folder}/`, ''),
      name: fullName,
      status: status === 'passed' || status === 'failed' ? status : 'skipped',
      thrown: failureMessages.map((one) => one.split('\n').slice(0, 3).join('\n')),
    }));
  });
}
