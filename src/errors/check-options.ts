import { closest } from './closest.ts';
import { dunlinError } from './dunlin-error.ts';
import { shown } from './shown.ts';
import { thrownReason } from './thrown.ts';

/** What a value must be, in words, if it is not that. */
export type Check = (value: unknown) => string | undefined;
export type Checks = Readonly<Record<string, Check>>;
/** One for each option: a new option without a check does not compile. */
export type ChecksOf<Options> = { readonly [Key in keyof Options]-?: Check };

export function must(words: string, holds: (value: unknown) => boolean): Check {
  return (value) => (holds(value) ? undefined : `must be ${words}`);
}

export function oneOf(...known: readonly string[]): Check {
  return (value) => {
    if (known.includes(value as string)) return undefined;
    const words = known.map((word) => shown(word)).join(' or ');
    const near = typeof value === 'string' ? closest(value, known) : undefined;
    return `must be ${words}${near === undefined ? '' : ` (did you mean ${shown(near)}?)`}`;
  };
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
export const isFunction = (value: unknown): boolean => typeof value === 'function';
export const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

export const text: Check = must('a text that is not empty', isText);

export const isBoolean: Check = must('true or false', (value) => typeof value === 'boolean');
export const versionCheck: Check = must('a version, as a whole number, 0 or more', isWhole);
/** A negative number of steps would count from the other end. */
export const countCheck: Check = must('a whole number, 0 or more', isWhole);

/** Checks the options of a call. Errors: `OPTION_INVALID`. */
export function checkOptions(given: unknown, checks: Checks, required: readonly string[] = []): void {
  const problems = problemsOf(given, checks, required);
  if (problems.length > 0) throw dunlinError('OPTION_INVALID', { problems });
}

function problemsOf(given: unknown, checks: Checks, required: readonly string[]): readonly string[] {
  try {
    return isRecord(given)
      ? optionProblems(given, checks, required)
      : [`The options must be an object; they are ${shown(given)}`];
  } catch (error) {
    // A Proxy that does not give its keys.
    return [`The options cannot be read: ${thrownReason(error)}`];
  }
}

/** Every problem with an object's keys and values. `prefix` precedes each key in the messages. */
export function optionProblems(
  given: Readonly<Record<string, unknown>>,
  checks: Checks,
  required: readonly string[],
  prefix: string = '',
  unknown: (key: string) => string = (key) => unknownKey(key, Object.keys(checks), prefix),
): string[] {
  const problems: string[] = [];
  const keys = new Set([...Object.keys(given), ...required]);
  for (const key of keys) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    try {
      const value = given[key];
      if (check === undefined) problems.push(unknown(key));
      else if (value !== undefined || required.includes(key)) {
        const words = check(value);
        if (words !== undefined) problems.push(`\`${prefix}${key}\` ${words}; it is ${shown(value)}`);
      }
    } catch (error) {
      // A property that is computed, of the options or of one of them.
      problems.push(`\`${prefix}${key}\` cannot be read: ${thrownReason(error)}`);
    }
  }
  return problems;
}

export function unknownKey(key: string, known: readonly string[], prefix: string): string {
  const near = closest(key, known);
  return `\`${prefix}${key}\` is unknown${near === undefined ? ` (known are ${known.join(', ')})` : ` (did you mean \`${near}\`?)`}`;
}
