/** Things that are easily taken for a connection, how to tell them, and what to give instead. */
const lookalikes: readonly (readonly [name: string, properties: readonly string[], advice: string])[] = [
  ['A promise', ['then'], 'Await it first.'],
  ['A Drizzle database', ['$client'], 'Give its `$client`.'],
  ['A Knex instance', ['raw', 'schema', 'client'], 'Give the connection below it, or the path of the database.'],
  ['A Sequelize instance', ['getQueryInterface'], 'Give the path of the database.'],
  ['A Kysely instance', ['selectFrom', 'insertInto'], 'Give the connection that its dialect was made with.'],
  ['A TypeORM data source', ['createQueryRunner'], 'Give the path of the database.'],
  ['A Prisma client', ['$queryRawUnsafe'], 'Give the path of the database.'],
  ['A libSQL client', ['executeMultiple', 'batch'], 'Write a bridge for it.'],
  ['A D1 database', ['batch', 'prepare', 'dump'], 'Write a bridge for it.'],
  ['A sql.js database', ['getRowsModified', 'export'], 'Write a bridge for it.'],
  ['A bun:sqlite database', ['query', 'prepare', 'filename'], 'Bun has node:sqlite too: give a DatabaseSync.'],
  ['An sqlite3 database', ['each', 'configure', 'serialize'], 'Write a bridge for it.'],
];

/** Says what was given as a handle, and what to do about it where that is known. */
export function describeHandle(handle: unknown): { given: string; advice: string | undefined } {
  if (handle === null) return { given: 'null', advice: undefined };
  if (typeof handle === 'string') {
    return { given: `The text ${JSON.stringify(handle)}`, advice: 'This needs an open connection, not a path.' };
  }
  // Knex is a function with properties.
  if (typeof handle !== 'object' && typeof handle !== 'function')
    return { given: `A value of type ${typeof handle}`, advice: undefined };
  for (const [given, properties, advice] of lookalikes) {
    if (properties.every((property) => property in handle)) return { given, advice };
  }
  if (typeof handle === 'function')
    return { given: 'A function', advice: 'Give an open connection: `new Database(path)`.' };
  const name: unknown = handle.constructor?.name;
  const known = typeof name === 'string' && name !== '' && name !== 'Object';
  return { given: known ? `An object of class ${name}` : 'An object', advice: undefined };
}
