/** A value of unknown kind as a message shows it, on one line and at most some forty characters long. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return shortened(JSON.stringify(value));
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : shownObject(value);
    default:
      return String(value);
  }
}

function shownObject(value: object): string {
  try {
    if ('then' in value && typeof value.then === 'function') return 'a promise';
    if (Array.isArray(value) || isPlain(value)) return shortened(JSON.stringify(value, inner));
    return `an object of class ${value.constructor.name}`;
  } catch {
    // A circle, or a property that cannot be read.
    return 'an object';
  }
}

/** Whether it is made by `{}`, also in another realm, or is a module's namespace. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** JSON would leave functions out, throw at a bigint, and take NaN for null. */
function inner(_key: string, value: unknown): unknown {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return shown(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
