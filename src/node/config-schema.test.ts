import { describe, expect, it } from 'vitest';
import { sharedChecks } from '../runner/options.ts';
import { checkConfig } from './config-check.ts';
import { configSchema, type JsonSchema } from './config-schema.ts';

/** Whether a value is valid. It knows what the schema uses of JSON Schema, and refuses a word that it does not know. */
function isValid(schema: JsonSchema, value: unknown): boolean {
  return Object.entries(schema).every(([word, wanted]) => holds(word, wanted, value, schema));
}

function holds(word: string, wanted: unknown, value: unknown, schema: JsonSchema): boolean {
  const number = typeof value === 'number' ? value : undefined;
  const record = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  const schemas = wanted as Readonly<Record<string, JsonSchema>>;
  switch (word) {
    case '$schema':
    case 'title':
    case 'description':
      return true;
    case 'type':
      if (wanted === 'object') return record !== undefined;
      if (wanted === 'array') return Array.isArray(value);
      if (wanted === 'integer') return Number.isInteger(value);
      return typeof value === wanted;
    case 'enum':
      return (wanted as unknown[]).includes(value);
    case 'const':
      return value === wanted;
    case 'anyOf':
      return (wanted as JsonSchema[]).some((one) => isValid(one, value));
    case 'minLength':
      return typeof value !== 'string' || value.length >= (wanted as number);
    case 'pattern':
      return typeof value !== 'string' || new RegExp(wanted as string).test(value);
    case 'minimum':
      return number === undefined || number >= (wanted as number);
    case 'exclusiveMinimum':
      return number === undefined || number > (wanted as number);
    case 'items':
      return !Array.isArray(value) || value.every((one) => isValid(wanted as JsonSchema, one));
    case 'required':
      return record === undefined || (wanted as string[]).every((key) => Object.hasOwn(record, key));
    case 'minProperties':
      return record === undefined || Object.keys(record).length >= (wanted as number);
    case 'properties':
      return Object.entries(record ?? {}).every(
        ([key, one]) => schemas[key] === undefined || isValid(schemas[key], one),
      );
    case 'patternProperties':
      return Object.entries(record ?? {}).every(([key, one]) =>
        Object.entries(schemas).every(([pattern, of]) => !new RegExp(pattern).test(key) || isValid(of, one)),
      );
    case 'additionalProperties': {
      const { properties = {}, patternProperties = {} } = schema as Readonly<Record<string, object>>;
      const others = Object.entries(record ?? {}).filter(
        ([key]) =>
          !Object.hasOwn(properties, key) && !Object.keys(patternProperties).some((one) => new RegExp(one).test(key)),
      );
      return wanted === false ? others.length === 0 : others.every(([, one]) => isValid(wanted as JsonSchema, one));
    }
    default:
      throw new Error(`the test does not know ${word}`);
  }
}

const words = [
  'standard',
  'semver',
  'error',
  'allow',
  'note',
  'run',
  'values',
  'count',
  'full',
  'off',
  'risky',
  'x',
  '',
];
const values: readonly unknown[] = [
  ...words,
  0,
  1,
  1.5,
  -1,
  true,
  false,
  null,
  [],
  {},
  ['a'],
  [''],
  [1],
  [{ path: 'a' }],
  [{ path: 'a', entryPoint: 'b' }],
  [{ path: '' }],
  [{ path: 'a', more: 'b' }],
  { migrations: 'm', attempts: 'a' },
  { migrations: '' },
  { migrations: 'sqlite_a' },
  { attempts: 'SQLite_a' },
  { migrations: 'a\0b' },
  { other: 'm' },
  { 7: true },
  { '07': true },
  { 0: true },
  { 7: false },
  { 7: ['a.b'] },
  { 7: [''] },
  { a: true },
  { directory: 'd', keep: 1 },
  { directory: '' },
  { keep: 0 },
  { keep: 1.5 },
  { maxAgeDays: 0 },
  { maxAgeDays: 0.5 },
  { maxBytes: 0 },
  { maxBytes: -1 },
  { compress: false },
  { compress: 1 },
];
// No JSON holds a function.
const shared = Object.keys(sharedChecks).filter((key) => key !== 'functions' && key !== 'prepare');
const keys = [...shared, '$schema', 'database', 'path', 'migrations', 'driver', 'dump', 'default', 'databases', 'slip'];

/** Where the schema and Dunlin's own check do not agree. */
function disagreements(configs: readonly unknown[]): readonly unknown[] {
  return configs.filter((config) => isValid(configSchema, config) !== (checkConfig(config).length === 0));
}

describe('the JSON schema of the configuration', () => {
  it.each(keys)('agrees with what Dunlin checks, with one database: %s', (key) => {
    expect(disagreements(values.map((value) => ({ [key]: value })))).toEqual([]);
  });

  it.each(keys)('agrees with what Dunlin checks, with several: %s', (key) => {
    const below = values.map((value) => ({ databases: { a: { path: 'a.db', [key]: value } } }));
    const beside = values.map((value) => ({ databases: { a: { path: 'a.db' }, x: { path: 'x.db' } }, [key]: value }));
    // Which names there are, a schema cannot say.
    expect(disagreements([...below, ...(key === 'default' ? [] : beside)])).toEqual([]);
  });

  it('refuses a value that is not a configuration', () => {
    const wrong = [null, 'text', [], { databases: {} }, { databases: [] }, { databases: { a: {} } }];
    expect(wrong.map((config) => isValid(configSchema, config))).toEqual(wrong.map(() => false));
    expect(disagreements(wrong)).toEqual([]);
  });

  it('describes every key', () => {
    const [many, one] = configSchema['anyOf'] as { properties: Record<string, { description?: string }> }[];
    for (const { properties } of [many!, one!])
      for (const [key, { description }] of Object.entries(properties)) expect(description, key).toMatch(/\.$/);
  });
});
