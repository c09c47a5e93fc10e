import { load } from './load.mjs';

const source = `
  export { commands } from './src/cli/commands/index.ts';
  export { exit } from './src/cli/exit-codes.ts';
  export { parse } from './src/cli/program.ts';
`;

/** What each exit code means. A new code has to be explained here. */
const meanings = {
  done: 'done',
  failed: 'failed: the message says what happened to the database',
  usage: 'the command line, the environment or the configuration is wrong; nothing was done',
  found:
    '`check` or `status --check` found something pending or wrong; `adopt --dry-run` found that the database differs; `diff --exit-code` found a difference; `fix-quotes --dry-run` found something to rewrite',
  locked:
    'another process holds the database, or has changed meanwhile what is applied: the same command may succeed later',
  interrupted: 'ended with Ctrl-C; what was done stays done',
  terminated: 'ended with SIGTERM; what was done stays done',
};

/** Every command as its help names it: `try <migration>`, with its summary. */
export async function readCommands(root) {
  const { commands } = await load(root, source);
  return commands.map(({ name, summary, arguments: args = [] }) => ({
    name,
    summary,
    usage: [name, ...args.map((argument) => argument.name)].join(' '),
  }));
}

export async function exitCodesTable(root) {
  const { exit } = await load(root, source);
  const codes = Object.entries(exit).map(([name, code]) => {
    if (meanings[name] === undefined) throw new Error(`scripts/docs/cli.mjs does not explain the exit code ${name}`);
    return `| ${code} | ${meanings[name]} |`;
  });
  return `| code | |\n|---|---|\n${codes.join('\n')}\n`;
}

/** The help of every command, as \`dunlin help <command>\` prints it on 80 columns. */
export async function cliPage(root) {
  const { commands, parse } = await load(root, source);
  const help = (argv) => {
    let text = '';
    parse(argv, { commands, width: () => 80, launcher: () => 'dunlin', write: (more) => (text += more) });
    return `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
  };
  return [
    '# The command line\n',
    'What `dunlin help` and `dunlin help <command>` print. [Getting started](../tutorials/command-line.md) shows how to use it.\n',
    help(['help']),
    '## Exit codes\n',
    await exitCodesTable(root),
    ...commands.flatMap(({ name, commands: below = [] }) => [
      `## ${name}\n\n${help(['help', name])}`,
      ...below.map((one) => `### ${one.name}\n\n${help(['help', ...one.name.split(' ')])}`),
    ]),
  ].join('\n');
}
