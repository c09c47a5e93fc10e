import { isDunlinError, migrationTexts, optionTexts } from '../errors/index.ts';

/** What the process returns; a contract, see docs/reference/json.md. */
export const exit = {
  done: 0,
  failed: 1,
  /** The command line, the environment or the configuration is wrong. */
  usage: 2,
  /**
   * `check` or `status --check` found something pending or wrong; `rehearse` a loss that nothing names; `adopt --dry-run`
   * found that the database differs; `fix-quotes --dry-run` found something to rewrite.
   */
  found: 3,
  /** Another process holds the database, or changed it meanwhile: the same command may succeed later (EX_TEMPFAIL of sysexits.h). */
  locked: 75,
  /** Ended with Ctrl-C: 128 and the number of SIGINT, as shells count. */
  interrupted: 130,
  /** Ended with SIGTERM, as service managers and containers end a process: 128 and its number. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** Failures before a run because of how the command was called. The errors of options are of that kind too. */
const usageCodes: ReadonlySet<string> = new Set([
  'URL_NOT_SQLITE',
  'DATABASE_URL_INVALID',
  'DATABASE_URL_READONLY',
  'DATABASE_IS_DIRECTORY',
  'DATABASE_FOLDER_MISSING',
  'NO_DRIVER',
  'DRIVER_UNKNOWN',
  'DIRECTORY_NOT_FOUND',
  'DIRECTORY_NOT_A_DIRECTORY',
  'GIT_FAILED',
  'BASE_NOT_FOUND',
  'BASE_UNRELATED',
  'RENUMBER_NOT_FOUND',
  'RENUMBER_REFUSED',
  'REHEARSAL_KEEP_EXISTS',
  'REHEARSAL_KEEP_UNUSABLE',
]);

/** Another process was in the way; nothing is wrong. */
const lockedCodes: ReadonlySet<string> = new Set(['LOCKED', 'DATABASE_LOCKED', 'PLAN_CHANGED']);

export function exitCodeOf(error: unknown): ExitCode {
  if (!isDunlinError(error)) return exit.failed;
  if (lockedCodes.has(error.code)) return exit.locked;
  if (error.code === 'INTERRUPTED' || error.code === 'AGAINST_COMMAND_STOPPED') return exit.interrupted;
  // Declining a confirmation, or typing a wrong name for `reset`, does not make the command line wrong.
  if (error.code === 'DECLINED' || error.code === 'CONFIRMATION_WRONG') return exit.failed;
  return error.code in optionTexts || usageCodes.has(error.code) ? exit.usage : exit.failed;
}

/** These are about the directory, not about the migrations in it. */
const directoryCodes: ReadonlySet<string> = new Set(['DIRECTORY_NOT_FOUND', 'DIRECTORY_NOT_A_DIRECTORY']);

/** Whether `check` looks for this error: the migrations themselves are wrong. */
export function isFinding(error: unknown): boolean {
  return isDunlinError(error) && error.code in migrationTexts && !directoryCodes.has(error.code);
}

export function isStopped(code: ExitCode): boolean {
  return code === exit.interrupted || code === exit.terminated;
}

const severity: readonly ExitCode[] = [
  exit.done,
  exit.found,
  exit.locked,
  exit.usage,
  exit.failed,
  exit.interrupted,
  exit.terminated,
];

/** The exit code of several databases together: one that failed outweighs one that was only locked. */
export function worst(codes: Iterable<ExitCode>): ExitCode {
  let result: ExitCode = exit.done;
  for (const code of codes) if (severity.indexOf(code) > severity.indexOf(result)) result = code;
  return result;
}
