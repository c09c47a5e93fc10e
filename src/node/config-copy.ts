import { thrownReason } from '../errors/index.ts';

/** A configuration whose every property was read once, and what could not be read, in the words of CONFIG_INVALID. */
export interface ConfigCopy {
  readonly config: unknown;
  readonly problems: readonly string[];
}

/**
 * Copies a configuration, so that nothing of it runs later: a property may be a getter, and the whole a Proxy, that
 * throws. Functions stay what they are, and objects keep their class, which the checks name.
 */
export function copyConfig(config: unknown): ConfigCopy {
  const problems: string[] = [];
  const copies = new Map<object, object>();
  return { config: copy(config, ''), problems };

  function copy(value: unknown, name: string): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    const made = attempt(name, () =>
      Array.isArray(value) ? [] : (Object.create(Object.getPrototypeOf(value)) as object),
    );
    if (made === undefined) return undefined;
    copies.set(value, made);
    for (const key of attempt(name, () => Object.keys(value)) ?? []) {
      const inner = name === '' ? key : `${name}.${key}`;
      const property = attempt(inner, () => (value as Record<string, unknown>)[key]);
      // Not by assignment, which would call a setter of the class.
      Object.defineProperty(made, key, {
        value: copy(property, inner),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return made;
  }

  function attempt<T>(name: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      problems.push(`${name === '' ? 'what it exports' : `\`${name}\``} cannot be read: ${thrownReason(error)}`);
      return undefined;
    }
  }
}
