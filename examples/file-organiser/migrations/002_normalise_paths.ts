import type { MigrationDatabase } from 'dunlin';

export const version = 2;
export const description = 'Spell every stored path in one way, so that the uses of one folder count together';

type Stored = { readonly id: number; readonly path: string };

export function up(db: MigrationDatabase): void {
  // As the user typed it, so that down() can restore it.
  db.exec('ALTER TABLE destinations ADD COLUMN path_as_typed TEXT');
  for (const { id, path } of db.all<Stored>('SELECT id, path FROM destinations')) {
    const spelled = spell(path);
    if (spelled === undefined || spelled === path) continue;
    db.run('UPDATE destinations SET path = ?, path_as_typed = ? WHERE id = ?', spelled, path, id);
  }
}

export function down(db: MigrationDatabase): void {
  db.exec(`
    UPDATE destinations SET path = path_as_typed WHERE path_as_typed IS NOT NULL;
    ALTER TABLE destinations DROP COLUMN path_as_typed;
  `);
}

/** Runs after up(), in the same transaction: false rolls the migration back. */
export function verify(db: MigrationDatabase): boolean {
  return db.all<Stored>('SELECT id, path FROM destinations').every(({ path }) => (spell(path) ?? path) === path);
}

// A copy of what paths.ts has today, on purpose: a migration must do in ten years what it did on the first day, and
// its checksum is of this file alone.
function spell(path: string): string | undefined {
  const [, root, rest] = /^(~[/\\]|[A-Za-z]:[/\\]|\/)(.*)$/s.exec(path) ?? [];
  if (root === undefined || rest === undefined) return undefined;
  const folders = rest.split(root === '/' ? '/' : /[/\\]/).filter((folder) => folder !== '' && folder !== '.');
  return root.toUpperCase().replace('\\', '/') + folders.join('/');
}
