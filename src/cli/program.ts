import { type Argument, Command as CommanderCommand, CommanderError, Option } from 'commander';
import { dunlinError, typed } from '../errors/index.ts';
import { version } from '../version.ts';
import { Arguments } from './arguments.ts';
import { lastWord, type Command, type Example, type OptionSpec } from './command.ts';
import { directoryOptions, generalOptions, inheritedOptions, longName } from './global-options.ts';
import { unknownCommand, unknownOption, usageError } from './usage-error.ts';

export interface ProgramOptions {
  readonly commands: readonly Command[];
  /** The width that the help wraps to; asked for when help is shown. */
  readonly width: () => number;
  /** Given the help or the version to print. */
  readonly write: (text: string) => void;
  /** How the command line was started, for examples: `npx dunlin`. */
  readonly launcher: () => string;
}

/** The command to run; undefined if the help was printed. */
export type Parsed = { readonly command: Command; readonly args: Arguments } | undefined;

/** Reads the command line. Throws COMMAND_UNKNOWN, OPTION_UNKNOWN or USAGE. */
export function parse(argv: readonly string[], options: ProgramOptions): Parsed {
  let parsed: Parsed;
  const program = buildProgram(argv, options, (command, args) => {
    parsed = { command, args };
  });
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usageError(error, program, options.commands, argv);
  }
  return parsed;
}

function buildProgram(
  argv: readonly string[],
  options: ProgramOptions,
  found: (command: Command, args: Arguments) => void,
): CommanderCommand {
  const program = new CommanderCommand('dunlin');
  program
    .description('Schema migrations for SQLite: whole or not at all, nothing lost unless declared.')
    .usage('<command> [options]')
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureHelp({
      get helpWidth() {
        return options.width();
      },
      minWidthToWrap: 20,
      subcommandTerm: (command) =>
        `${command.name()} ${command.registeredArguments.map(argumentTerm).join(' ')}`.trimEnd(),
    })
    .configureOutput({ writeOut: options.write, writeErr: () => undefined, outputError: () => undefined })
    .helpOption('-h, --help', 'show the help')
    .helpCommand(false)
    .action(() => showHelpOrRefuse(program, program, argv))
    .allowExcessArguments(false);
  program.addOption(new Option('-V, --version', 'show the version of Dunlin'));
  program.on('option:version', () => {
    // After a command it is a mistake: `dump --version 5` asks for a version of the schema.
    const at = argv.findIndex((word) => /^(?:-V|--version)/.test(word));
    const command = options.commands.find(({ name }) => argv.slice(0, at).includes(name));
    if (command !== undefined) throw unknownOption(argv[at]!, command, argv);
    options.write(`${version}\n`);
    throw new CommanderError(0, 'dunlin.version', '');
  });
  // If the first word is a command, build only that one; building all takes milliseconds at each start.
  const named = options.commands.filter((command) => command.name === argv[0]);
  const shared: CommandLine = { argv, command: named[0]?.name };
  for (const option of generalOptions) program.addOption(toOption(option, shared));
  for (const option of directoryOptions) program.addOption(toOption(option, shared).hideHelp());
  program.addHelpText('after', () => `\n\`${options.launcher()} help <command>\` shows its options and examples.`);

  for (const command of named.length > 0 ? named : options.commands) {
    const built = addCommand(program, program, command, argv, found);
    // Two hundred options cost milliseconds at each start; add only those of commands that are named.
    if (!argv.includes(command.name)) continue;
    describeCommand(built, command, argv, options);
    for (const subcommand of command.commands ?? [])
      describeCommand(addCommand(program, built, subcommand, argv, found), subcommand, argv, options);
  }
  program
    .command('help')
    .description('show the help of a command')
    .argument('[command...]')
    .action((words: readonly string[]) => {
      let command = program;
      for (const word of words) {
        const subcommand = command.commands.find((one) => one.name() === word);
        // The following words are arguments of the command.
        if (subcommand === undefined && command !== program) break;
        if (subcommand === undefined) throw unknownCommand(word, options.commands, 'help ');
        command = subcommand;
      }
      command.outputHelp();
    });
  return program;
}

/** Where no command is named: prints the help, or refuses if options show that a command was intended. */
function showHelpOrRefuse(built: CommanderCommand, program: CommanderCommand, argv: readonly string[]): void {
  if (Object.keys(givenOptions(program)).some((name) => ['database', 'migrations', 'config', 'json'].includes(name)))
    throw dunlinError('USAGE', {
      fact: `\`dunlin ${argv.join(' ')}\` names no command`,
      command: built === program ? undefined : built.name(),
    });
  built.outputHelp();
}

function addCommand(
  program: CommanderCommand,
  parent: CommanderCommand,
  command: Command,
  argv: readonly string[],
  found: (command: Command, args: Arguments) => void,
): CommanderCommand {
  const built = parent.command(lastWord(command)).summary(command.summary).allowExcessArguments(false);
  for (const argument of command.arguments ?? []) built.argument(argument.name, argument.description);
  if (command.commands !== undefined)
    return built.helpCommand(false).action(() => showHelpOrRefuse(built, program, argv));
  return built.action(() => {
    // Options before the command count as well: `dunlin -d app.db status`.
    const given = { ...program.opts(), ...givenOptions(built) };
    found(command, new Arguments(command.name, built.args, given, argv));
  });
}

/** Adds the description, the options and the examples. */
function describeCommand(
  built: CommanderCommand,
  command: Command,
  argv: readonly string[],
  { width, launcher }: Pick<ProgramOptions, 'width' | 'launcher'>,
): void {
  const line: CommandLine = { argv, command: command.name };
  const summary = sentence(command.summary);
  built.description(command.description === undefined ? summary : `${summary}\n\n${command.description}`);
  for (const option of command.options) built.addOption(toOption(option, line));
  // A command with subcommands has no options of its own.
  for (const option of command.commands === undefined ? inheritedOptions(command) : []) {
    built.addOption(toOption(option, line).helpGroup(command.options.length > 0 ? 'Common options:' : 'Options:'));
  }
  if (command.options.length > 0) built.helpOption('-h, --help', 'show this help');
  built.addHelpText('after', () => `\nExamples:\n${exampleLines(command.examples, width(), launcher()).join('\n')}`);
}

/** Commands with what they do beside them, or below them if that is too wide. */
function exampleLines(examples: readonly Example[], width: number, launcher: string): string[] {
  const lines = examples.map(({ command, does }) => ({
    command: command.replace(/\bdunlin (?=[a-z])/, `${launcher} `),
    does,
  }));
  const longest = Math.max(...lines.map(({ command }) => command.length));
  const fits = lines.every(({ does }) => longest + does.length + 4 <= width);
  return lines.flatMap(({ command, does }) =>
    fits ? [`  ${command.padEnd(longest)}  ${does}`] : [`  ${command}`, `      ${does}`],
  );
}

function argumentTerm(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** The options that were given, without defaults: a default must not hide an option given before the command. */
function givenOptions(command: CommanderCommand): Record<string, unknown> {
  const entries = Object.entries(command.opts<Record<string, unknown>>());
  return Object.fromEntries(entries.filter(([name]) => command.getOptionValueSource(name) !== 'default'));
}

/** The words of the command line, and the command for the help hint; undefined if the first word is not a command. */
interface CommandLine {
  readonly argv: readonly string[];
  readonly command: string | undefined;
}

function toOption(spec: OptionSpec, line: CommandLine): Option {
  const option = new Option(spec.flags, spec.description);
  if (option.negate && option.required) {
    // `--no-rename <name>` has values of its own; for commander it would be `--rename` turned off.
    option.negate = false;
    option.attributeName = () =>
      longName(spec.flags)
        .slice(2)
        .replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  }
  if (!option.required && !option.optional) return option;
  return option.argParser<string | readonly string[]>((value, previous) => {
    const isPath = ['file', 'directory', 'database'].includes(String(spec.completes));
    refuseStrayValue(option, value, isPath, line);
    // `./-x`, so that a command suggested in an error does not read the path as an option.
    const taken = isPath && /^-./.test(value) ? `./${value}` : value;
    return spec.repeatable === true ? [...(previous ?? []), taken] : taken;
  });
}

/**
 * Refuses values that are probably a mistake: commander takes the next word, even if it is another option, and `=app.db`
 * of `-d=app.db`. `--table=-x` is unambiguous.
 */
function refuseStrayValue(option: Option, value: string, isPath: boolean, { argv, command }: CommandLine): void {
  const long = longName(option.flags);
  const short = option.short ?? long;
  const joined = argv.indexOf(`${short}${value}`);
  if (value.startsWith('=') && short !== long && joined !== -1) {
    throw dunlinError('USAGE', {
      fact: `${short} takes its value after a space: of ${short}${value} it would be "${value}"`,
      command,
      suggestion:
        value === '='
          ? undefined
          : lineWith(argv, joined, `${short} ${typed(value[1] === '-' ? `./${value.slice(1)}` : value.slice(1))}`),
    });
  }
  // `-` alone is standard output. Where a number is needed, the command says that a negative one is wrong.
  const place = argv.findIndex((word, i) => word === value && [long, short].includes(argv[i - 1]!));
  if (place === -1 || !(isPath ? /^-./ : /^-[^\d.]/).test(value)) return;
  if (value === '--') {
    const next = argv[place + 1];
    const suggestion = next === undefined ? undefined : lineWith(argv, place, typed(next), 2);
    throw dunlinError('USAGE', { fact: `${long} needs a value, and -- is none`, command, suggestion });
  }
  throw dunlinError('USAGE', {
    fact: `${long} needs a value, and ${value} begins with "-" as an option does`,
    command,
    suggestion: isPath
      ? lineWith(argv, place, typed(`./${value}`))
      : lineWith(argv, place - 1, `${long}=${typed(value)}`, 2),
  });
}

/** The command line with something else in place of one word, or of several. */
function lineWith(argv: readonly string[], at: number, text: string, count: number = 1): string {
  const [before, after] = [argv.slice(0, at), argv.slice(at + count)].map((words) => words.map((word) => typed(word)));
  return ['dunlin', ...before!, text, ...after!].join(' ');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
