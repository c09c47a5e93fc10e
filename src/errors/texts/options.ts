import { ended } from '../text.ts';

/** Errors in the library's options, the command line, the environment and the configuration file. */
export const optionTexts = {
  OPTION_INVALID: {
    meaning:
      'A call of the library has an unknown option or a value that an option does not accept, or lacks a required option. The message lists all of them.',
    message: (f: { problems: readonly string[] }): string =>
      f.problems.length === 1
        ? ended(f.problems[0]!)
        : `${f.problems.length} options are wrong:\n${f.problems.map((p) => `  - ${ended(p)}`).join('\n')}`,
    hint: (): string =>
      'Nothing was changed. Correct the call: in TypeScript, or with `// @ts-check`, the editor shows what each option takes.',
  },
  COMMAND_UNKNOWN: {
    meaning:
      'The command line names a command that does not exist. Names that other tools use for the same thing are recognised and the right one is suggested.',
    message: (f: { command: string; suggestion: string | undefined }): string => `There is no command "${f.command}".`,
    hint: (f: { suggestion: string | undefined }): string =>
      f.suggestion === undefined
        ? 'Nothing was done. `dunlin help` lists the commands.'
        : `Nothing was done. Did you mean \`dunlin ${f.suggestion}\`?`,
  },
  OPTION_UNKNOWN: {
    meaning: 'A command was given an option that it does not have.',
    message: (f: { command: string | undefined; option: string }): string =>
      `${f.command === undefined ? 'Dunlin' : `\`dunlin ${f.command}\``} has no option ${f.option}.`,
    hint: (f: { command: string | undefined; suggestion: string | undefined; instead?: string | undefined }): string =>
      f.instead !== undefined
        ? `Nothing was done. \`dunlin ${f.instead}\` shows what would run, and changes nothing.`
        : f.suggestion === undefined
          ? `Nothing was done. \`dunlin ${f.command === undefined ? 'help' : `help ${f.command}`}\` lists the options.`
          : `Nothing was done. Did you mean ${f.suggestion}?`,
  },
  USAGE: {
    meaning: 'An argument or a value is missing or superfluous, or an option has a value that it does not accept.',
    message: (f: { fact: string }): string => `${f.fact}.`,
    hint: (f: { command: string | undefined; usage?: string | undefined; suggestion?: string | undefined }): string =>
      [
        'Nothing was done.',
        ...(f.suggestion === undefined ? [] : [`Did you mean \`${f.suggestion}\`?`]),
        ...(f.usage === undefined ? [] : [`The usage is \`${f.usage}\`.`]),
        `\`dunlin ${f.command === undefined ? 'help' : `help ${f.command}`}\` shows ${f.usage === undefined ? 'the usage with examples' : 'examples'}.`,
      ].join(' '),
  },
  OPTIONS_CONFLICT: {
    meaning: 'Two options were given that exclude each other.',
    message: (f: { first: string; second: string }): string => `${f.first} and ${f.second} cannot be given together.`,
    hint: (f: { reason: string }): string => `Nothing was done. ${f.reason}`,
  },
  DATABASE_NOT_GIVEN: {
    meaning:
      'No database was named: there is no default, so that a command never creates or changes a file by accident.',
    message: (f: { candidates: readonly string[] }): string =>
      `No database was given${f.candidates.length === 0 ? '' : `; this directory has ${f.candidates.join(', ')}`}.`,
    hint: (f: { candidates: readonly string[] }): string =>
      [
        'Nothing was done. There are three ways to name it:',
        `  \`--database ${f.candidates[0] ?? 'app.db'}\``,
        `  \`DATABASE_PATH=${f.candidates[0] ?? 'app.db'}\` in the environment or in a .env file`,
        '  a dunlin.config.json, which `dunlin init` writes',
      ].join('\n'),
  },
  DATABASE_NOT_FOUND: {
    meaning:
      'The command works on what a database holds, and the file does not exist. Only `dunlin up` creates a database, so that a typo does not leave an empty file behind.',
    message: (f: { database: string }): string => `${f.database} does not exist.`,
    hint: (f: { suggestion: string | undefined }): string =>
      `Nothing was done, and no file was created. ${f.suggestion === undefined ? 'Correct the path; `dunlin up` creates a new database.' : `Did you mean \`${f.suggestion}\`?`}`,
  },
  DATABASE_NOT_CHOSEN: {
    meaning:
      'The configuration has several databases and none of them is its default, so one of them, or all, must be named.',
    message: (f: { names: readonly string[]; file: string }): string =>
      `${f.file} has ${f.names.length} databases (${f.names.join(', ')}) and no default.`,
    hint: (f: { names: readonly string[]; all: boolean }): string =>
      `Nothing was done. Name one with \`--database ${f.names[0] ?? ''}\`${f.all ? ', or take all of them with --all' : ''}.`,
  },
  DATABASE_NAME_UNKNOWN: {
    meaning:
      'The value of --database looks like a name from the configuration, but the configuration has no such database and no file has that name.',
    message: (f: { name: string; names: readonly string[]; file: string }): string =>
      `${f.file} has no database "${f.name}"; it has ${f.names.join(', ')}.`,
    hint: (f: { name: string; suggestion: string | undefined }): string =>
      `Nothing was done. ${f.suggestion === undefined ? '' : `Did you mean ${f.suggestion}? `}For a file of that name write \`./${f.name}\`.`,
  },
  CONFIG_NEEDED: {
    meaning: '--all runs every database of the configuration, and there is no configuration.',
    message: (f: { option: string; directory: string }): string =>
      `${f.option} needs a configuration file, and there is none in ${f.directory} or above it.`,
    hint: (): string =>
      'Nothing was done. `dunlin init` writes one, or name the databases: `-d settings.db -d graph.db`.',
  },
  CONFIG_NOT_FOUND: {
    meaning: 'The file that --config names does not exist.',
    message: (f: { file: string }): string => `The configuration file ${f.file} does not exist.`,
    hint: (): string =>
      'Nothing was done. Correct --config, or leave it out to use dunlin.config.* of the current directory or the nearest one above.',
  },
  CONFIG_AMBIGUOUS: {
    meaning: 'The directory has more than one configuration file, and Dunlin does not guess which one to use.',
    message: (f: { files: readonly string[] }): string =>
      `There are ${f.files.length} configuration files: ${f.files.join(', ')}.`,
    hint: (f: { files: readonly string[] }): string =>
      `Nothing was done. Keep one of them, or choose with \`--config ${f.files[0] ?? ''}\`.`,
  },
  CONFIG_UNREADABLE: {
    meaning: 'The configuration file could not be read, parsed or imported.',
    message: (f: { file: string; reason: string }): string => `${f.file} cannot be read: ${ended(f.reason)}`,
    hint: (): string => 'Nothing was done. Correct the file and run the command again.',
  },
  CONFIG_INVALID: {
    meaning:
      'The configuration file has keys that do not exist or values of the wrong type. The message lists all of them.',
    message: (f: { file: string; problems: readonly string[] }): string =>
      f.problems.length === 1
        ? `${f.file}: ${ended(f.problems[0] ?? '')}`
        : `${f.file} has ${f.problems.length} problems:\n${f.problems.map((p) => `  - ${ended(p)}`).join('\n')}`,
    hint: (): string => 'Nothing was done. Correct the file and run the command again.',
  },
  CONFIRMATION_NEEDED: {
    meaning:
      'The command deletes something or rolls it back, and asks first, but there is no terminal to ask on (CI, a pipe, a service).',
    message: (f: { what: string }): string => `${f.what} needs a confirmation, and there is no terminal to ask on.`,
    hint: (f: { flag: string }): string =>
      `Nothing was changed. To confirm, add \`${f.flag}\`${f.flag === '--yes' ? '' : ' (--yes is not enough)'}.`,
  },
  NOT_FOR_DEVELOPMENT: {
    meaning:
      'The configuration says `development: false` of a database: `dunlin dev`, which rolls migrations back as they are edited, never works on it.',
    message: (f: { database: string }): string =>
      `${f.database} is not for development: the configuration says \`development: false\` of it.`,
    hint: (): string =>
      'Nothing was changed. Name a database whose rows you can lose: `dunlin dev -d dev.db`. To apply what is pending: `dunlin up`.',
  },
  DECLINED: {
    meaning: 'A command asked before it deleted something or rolled it back, and the answer was not yes.',
    message: (f: { what: string }): string => `${f.what} was not confirmed.`,
    hint: (): string => 'Nothing was changed. To confirm, answer y or add --yes.',
  },
  INTERRUPTED: {
    meaning:
      'A command asked before it deleted something or rolled it back, and Ctrl-C or the end of the input ended the question.',
    message: (): string => 'The question was not answered: Ctrl-C ended it.',
    hint: (): string => 'Nothing was changed. Run the command again to be asked again.',
  },
  FILE_EXISTS: {
    meaning: 'A file that would be written exists already. Dunlin never overwrites a file of yours.',
    message: (f: { file: string }): string => `${f.file} exists already.`,
    hint: (): string => 'Nothing was changed. Choose another name, or remove that file first.',
  },
  MIGRATION_NAME_EMPTY: {
    meaning: 'The name of a new migration has no letter or digit that could be part of a file name.',
    message: (f: { name: string }): string => `"${f.name}" has no letter or digit for a file name.`,
    hint: (): string => 'Nothing was changed. Say what the migration does: `dunlin create add_user_roles`.',
  },
  TRY_ELSEWHERE: {
    meaning: 'The file to try is not in the directory of the migrations, so its place in their order is not known.',
    message: (f: { file: string; directory: string }): string =>
      `${f.file} is not in the migrations directory ${f.directory}.`,
    hint: (): string => 'Nothing was done. Move the file there, or name the right directory with --migrations.',
  },
};
