import { describe, expect, it } from 'vitest';
import { mentions } from './reads.ts';
import { splitStatements } from './split.ts';

const statement = (sql: string) => splitStatements(sql)[0]!;

describe('mentions', () => {
  it('has every identifier as a name key, without strings and variables', () => {
    const found = mentions(
      statement(`SELECT Email, "Full ""Name", [x], \`Y\` FROM main.Users WHERE a = 'no' AND b = :no2`),
    );
    for (const name of ['email', 'full "name', 'x', 'y', 'main', 'users', 'a', 'b']) expect(found).toContain(name);
    for (const name of ['no', ':no2', 'no2']) expect(found).not.toContain(name);
  });
});
