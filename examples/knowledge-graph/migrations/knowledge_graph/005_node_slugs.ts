import type { MigrationDatabase } from 'dunlin';

export const version = 5;
export const description = 'A name for the address bar: "Émilie du Châtelet" is emilie-du-chatelet';

export function up(db: MigrationDatabase): void {
  db.exec("ALTER TABLE nodes ADD COLUMN slug TEXT NOT NULL DEFAULT ''");
  // SQL cannot take accents off letters, so the labels come here: 10,000 at a time, never a million.
  db.batch<{ readonly id: number; readonly label: string }>({
    query: 'SELECT id, label FROM nodes',
    key: 'id',
    size: 10_000,
    each(rows) {
      // One statement for the whole batch: a call for each row would do as well, and take six times as long.
      const slugs = JSON.stringify(rows.map(({ id, label }) => [id, slug(label)]));
      db.run('UPDATE nodes SET slug = value ->> 1 FROM json_each(?) WHERE nodes.id = value ->> 0', slugs);
    },
  });
  db.exec('CREATE INDEX idx_nodes_slug ON nodes (slug)');
}

export function down(db: MigrationDatabase): void {
  db.exec('DROP INDEX idx_nodes_slug; ALTER TABLE nodes DROP COLUMN slug');
}

export function verify(db: MigrationDatabase): boolean {
  return db.get("SELECT 1 FROM nodes WHERE slug = ''") === undefined;
}

// A copy of what slug.ts has today, on purpose: a migration must do in ten years what it did on the first day.
function slug(label: string): string {
  const words = label
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .match(/[\p{L}\p{N}]+/gu);
  return words?.join('-') ?? 'unnamed';
}
