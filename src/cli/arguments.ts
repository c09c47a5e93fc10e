import { closest, dunlinError, typed } from '../errors/index.ts';

/** The arguments and options of the command line, with the types that the command expects. Wrong values throw USAGE. */
export class Arguments {
  readonly command: string;
  readonly #positional: readonly string[];
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #line: readonly string[];

  /** `options` by camel-case name, as commander gives them; `line` are the words that were typed. */
  constructor(
    command: string,
    positional: readonly string[],
    options: Readonly<Record<string, unknown>>,
    line: readonly string[] = [],
  ) {
    this.command = command;
    this.#positional = positional;
    this.#options = options;
    this.#line = line;
  }

  get positional(): readonly string[] {
    return this.#positional;
  }

  /** The first argument, which commander has made sure of. */
  get first(): string {
    return this.#positional[0] ?? '';
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  /** Whether `--no-<name>` was given. */
  negated(name: string): boolean {
    return this.#options[name] === false;
  }

  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** A text that must not be empty: as a path it would be the current directory. */
  path(name: string): string | undefined {
    const value = this.text(name);
    if (value === '') throw this.wrong(`${flagOf(name)} needs a path, not ""`);
    return value;
  }

  texts(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? (value as string[]) : [];
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
    const near = closest(value, allowed);
    throw this.wrong(
      `${flagOf(name)} is ${allowed.join(', ').replace(/, ([^,]*)$/, ' or $1')}, not "${value}"`,
      near === undefined ? undefined : this.#with(flagOf(name), value, near),
    );
  }

  /** The command line with another value of an option. */
  #with(flag: string, value: string, other: string): string {
    const words = this.#line.map((word, i) => {
      if (word === `${flag}=${value}`) return `${flag}=${typed(other)}`;
      return typed(word === value && this.#line[i - 1] === flag ? other : word);
    });
    return ['dunlin', ...words].join(' ');
  }

  count(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^[0-9]{1,9}$/.test(value) || Number(value) < 1) {
      throw this.wrong(`${flagOf(name)} is a whole number of at least 1, not "${value}"`);
    }
    return Number(value);
  }

  /** A migration's version; leading zeros do not matter. */
  version(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : this.parseVersion(value, flagOf(name));
  }

  parseVersion(value: string, what: string): number {
    const digits = /^[0-9]{1,15}(?=$|[_-])/.exec(value)?.[0];
    if (digits === undefined)
      throw this.wrong(`${what} is the number of a migration, such as 7 or 007, not "${value}"`);
    return Number(digits);
  }

  /** A time in milliseconds; a bare number counts seconds. */
  milliseconds(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const match = /^([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|min)?$/.exec(value);
    if (match === null) throw this.wrong(`${flagOf(name)} is a time such as 30, 30s, 500ms or 2m, not "${value}"`);
    const unit = { ms: 1, s: 1000, m: 60_000, min: 60_000 }[match[2] ?? 's'] ?? 1000;
    return Math.round(Number(match[1]) * unit);
  }

  wrong(fact: string, suggestion?: string): Error {
    return dunlinError('USAGE', { fact, command: this.command, suggestion });
  }

  exclude(first: string, second: string, reason: string): void {
    const isGiven = (name: string): boolean => this.#options[name] !== undefined && this.#options[name] !== false;
    if (isGiven(first) && isGiven(second)) {
      throw dunlinError('OPTIONS_CONFLICT', { first: flagOf(first), second: flagOf(second), reason });
    }
  }
}

/** The values without those that are undefined, which would hide the values of the configuration. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
