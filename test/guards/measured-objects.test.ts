import { expect, it } from 'vitest';
import { isDunlinError } from '../../src/errors/index.ts';
import { onEveryDriver, type TestDatabase } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';
import { objectSubjects, vacuumed } from './measured/objects.ts';
import { verifySubjects } from './measured/verify.ts';

verifySubjects(objectSubjects);

// VACUUM runs outside a transaction, and has no effect in memory. It cannot be rolled back: whether the run fails or
// adds a note, it has to say how the index is mended.
onEveryDriver('a full-text index after VACUUM', (open) => {
  it('is reported when its content table has no INTEGER PRIMARY KEY and no index', async () => {
    tried('guards', 1);
    const text = await reported(open(), vacuumed.renumbered);
    expect(text).toContain('docs_fts');
    expect(text).toContain(`'rebuild'`);
  });

  it('is not reported when its content table has an INTEGER PRIMARY KEY', async () => {
    tried('guards', 1);
    expect(await reported(open(), vacuumed.kept)).toBe('');
  });
});

/** What a run that vacuums says of itself, in notes or as an error. */
async function reported(db: TestDatabase, schema: string): Promise<string> {
  db.exec(schema);
  const notes: string[] = [];
  try {
    const result = await db.up(
      { '001_vacuum.sql': '-- dunlin: no-transaction\nVACUUM;' },
      { onEvent: (event) => void (event.type === 'migration:note' && notes.push(event.note)) },
    );
    return [...notes, ...result.notes].join('\n');
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return [error, ...error.problems].map(({ message, hint }) => `${message}\n${hint}`).join('\n');
  }
}
