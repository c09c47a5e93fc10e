import type { Command as CommanderCommand, CommanderError } from 'commander';
import { dunlinError } from '../errors/index.ts';
import type { Command } from './command.ts';
import { isDatabaseName } from './database-files.ts';
import { generalOptions, inheritedOptions, longName } from './global-options.ts';
import { suggestSubcommand, suggestCommand, suggestInstead, suggestOption } from './suggest.ts';

/** The error for an unknown command; `before` precedes the word in the suggestion. */
export function unknownCommand(typed: string, commands: readonly Command[], before = ''): Error {
  const suggested = suggestCommand(typed, [...commands.map((command) => command.name), 'help']);
  // Of `up --steps 1` the help explains `up`.
  const suggestion = before === '' || suggested === undefined ? suggested : before + suggested.replace(/ .*/, '');
  return dunlinError('COMMAND_UNKNOWN', { command: typed, suggestion });
}

/** The error for an option that a command does not have. */
export function unknownOption(option: string, command: Command | undefined, args: readonly string[]): Error {
  const options = command === undefined ? generalOptions : [...command.options, ...inheritedOptions(command)];
  const known = [
    ...options.map(({ flags }) => longName(flags)),
    '--help',
    ...(command === undefined ? ['--version'] : []),
  ];
  return dunlinError('OPTION_UNKNOWN', {
    command: command?.name,
    option,
    suggestion: suggestOption(option, known),
    instead: command === undefined ? undefined : suggestInstead(option, command.name, args),
  });
}

/** Commander's error as one of ours. */
export function usageError(
  error: CommanderError,
  program: CommanderCommand,
  commands: readonly Command[],
  argv: readonly string[],
): Error {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const typed = program.args[0] ?? argv[0];
  const top = commands.find((one) => one.name === typed);
  const command = top?.commands?.find((one) => one.name === `${top.name} ${program.args[1]}`) ?? top;
  if (error.code === 'commander.unknownOption') {
    const isHelp = typed === 'help';
    // If the command is unknown too, report the command.
    if (typed !== undefined && command === undefined && !isHelp && typed !== quoted && !typed.startsWith('-'))
      return unknownCommand(typed, commands);
    const behind = command === undefined && !isHelp ? misplaced(quoted, argv, commands) : undefined;
    if (behind !== undefined) return behind;
    return unknownOption(quoted, command, program.args);
  }
  if (command === undefined && typed !== undefined && error.code !== 'commander.optionMissingArgument') {
    return unknownCommand(typed, commands);
  }
  const name = command?.name ?? '';
  const built = builtFor(name, program);
  const extra = built?.args[built.registeredArguments.length] ?? '';
  if (command?.commands !== undefined && error.code === 'commander.excessArguments')
    return unknownBelow(extra, command.name, command.commands);
  const fact = {
    'commander.missingArgument': `\`dunlin ${name}\` needs <${quoted.replace('...', '')}>`,
    'commander.excessArguments': `\`dunlin ${name}\` has no place for the argument "${extra}"`,
    'commander.optionMissingArgument': `${/--[a-z-]+/.exec(quoted)?.[0] ?? quoted} needs a value`,
  }[error.code];
  return dunlinError('USAGE', {
    fact: fact ?? error.message.replace(/^error: /, ''),
    command: command?.name,
    usage: built === undefined ? undefined : `dunlin ${name} ${built.usage()}`,
    suggestion: error.code === 'commander.excessArguments' ? optionFor(extra, command) : undefined,
  });
}

function builtFor(name: string, program: CommanderCommand): CommanderCommand | undefined {
  let built: CommanderCommand | undefined = program;
  for (const word of name.split(' ')) built = built?.commands.find((one) => one.name() === word);
  return built;
}

/** `dunlin backup lst`. */
function unknownBelow(typed: string, name: string, commands: readonly Command[]): Error {
  const suggested = suggestSubcommand(
    typed,
    commands.map((one) => one.name.slice(name.length + 1)),
  );
  return dunlinError('COMMAND_UNKNOWN', {
    command: `${name} ${typed}`,
    suggestion: suggested === undefined ? undefined : `${name} ${suggested}`,
  });
}

/** An option before the command, where only few are allowed. */
function misplaced(option: string, argv: readonly string[], commands: readonly Command[]): Error | undefined {
  const command = commands.find((one) => argv.includes(one.name));
  if (command === undefined) return undefined;
  const known = [...command.options, ...inheritedOptions(command)].flatMap((one) => one.flags.split(/[ ,]+/));
  if (!known.includes(option.replace(/=.*/, ''))) return undefined;
  const others = argv.filter((word) => word !== command.name);
  return dunlinError('USAGE', {
    fact: `${option} comes before the command`,
    command: command.name,
    suggestion: `dunlin ${[command.name, ...others].join(' ')}`,
  });
}

/** The option that a superfluous argument probably belongs to. */
function optionFor(extra: string, command: Command | undefined): string | undefined {
  const hasTo = command?.options.some((option) => longName(option.flags) === '--to') === true;
  if (hasTo && /^[0-9]+(_|$)/.test(extra)) return `dunlin ${command.name} --to ${extra}`;
  return command?.target === 'database' && isDatabaseName(extra) ? `dunlin ${command.name} -d ${extra}` : undefined;
}
