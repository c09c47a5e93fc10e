import Database from 'better-sqlite3';
import type { RunOptions } from 'dunlin';
import { fileOf, prepareSchemas, type SchemaPolicy } from './schemas.ts';
import { slug } from './slug.ts';

export interface Neighbour {
  readonly slug: string;
  readonly label: string;
  readonly type: string;
  /** How many edges away. */
  readonly distance: number;
  /** How many edges it has itself. */
  readonly degree: number;
}

/** Nodes and edges, what they may be, and how the server is set: a database each. */
export class KnowledgeGraph {
  /** What this start had to migrate, by database; mostly nothing. */
  readonly migrated: readonly string[];
  readonly #settings: Database.Database;
  readonly #graph: Database.Database;
  readonly #ontology: Database.Database;

  private constructor(data: string, migrated: readonly string[]) {
    this.migrated = migrated;
    this.#settings = open(fileOf(data, 'settings'));
    this.#graph = open(fileOf(data, 'knowledge_graph'));
    this.#ontology = open(fileOf(data, 'ontology'));
  }

  /** Opens the databases in the folder `data`. Throws a SchemaError rather than work on a schema it does not know. */
  static async open(data: string, policy: SchemaPolicy, options: RunOptions = {}): Promise<KnowledgeGraph> {
    // Before the server opens the files: then nobody reads a schema that is about to change.
    const migrated = await prepareSchemas(data, policy, options);
    return new KnowledgeGraph(data, migrated);
  }

  /** Adds a node of a class that the ontology has; returns its id. */
  addNode(type: string, label: string, metadata: Readonly<Record<string, string>> = {}): number {
    if (!this.#is(type, type)) throw new Error(`There is no class ${type}`);
    return this.#graph.transaction(() => {
      const { lastInsertRowid } = this.#graph
        .prepare('INSERT INTO nodes (type, label, slug) VALUES (?, ?, ?)')
        .run(type, label, slug(label));
      const insert = this.#graph.prepare('INSERT INTO metadata (node, key, value) VALUES (?, ?, ?)');
      for (const [key, value] of Object.entries(metadata)) insert.run(lastInsertRowid, key, value);
      return Number(lastInsertRowid);
    })();
  }

  /** Relates two nodes, if the ontology allows that relation between nodes of their classes. */
  connect(source: number, relation: string, target: number): void {
    const ends = this.#ontology
      .prepare<unknown[], { domain: string; range: string }>('SELECT domain, range FROM properties WHERE name = ?')
      .get(relation);
    if (ends === undefined) throw new Error(`There is no property ${relation}`);
    const type = this.#graph.prepare<unknown[], string>('SELECT type FROM nodes WHERE id = ?').pluck();
    const [from, to] = [type.get(source), type.get(target)];
    if (from === undefined || to === undefined) throw new Error('There is no such node');
    if (!this.#is(from, ends.domain) || !this.#is(to, ends.range))
      throw new Error(`A ${from} never ${relation} a ${to}`);
    this.#graph.prepare('INSERT INTO edges (source, relation, target) VALUES (?, ?, ?)').run(source, relation, target);
  }

  /** What is at most so many edges away, the nearest first, then the best connected. */
  neighbours(of: string, distance: number = 1): readonly Neighbour[] {
    const limit = this.#settings
      .prepare<[], string>("SELECT value FROM settings WHERE key = 'neighbours.limit'")
      .pluck()
      .get();
    return this.#graph
      .prepare<unknown[], Neighbour>(
        `WITH RECURSIVE
           ends (a, b) AS (SELECT source, target FROM edges UNION ALL SELECT target, source FROM edges),
           near (id, distance) AS (
             SELECT id, 0 FROM nodes WHERE slug = ?
             UNION
             SELECT b, distance + 1 FROM near JOIN ends ON a = near.id WHERE distance < ?
           )
         SELECT slug, label, type, min(distance) AS distance, degree FROM near JOIN nodes USING (id)
         GROUP BY id HAVING min(distance) > 0 ORDER BY 4, degree DESC, label LIMIT ?`,
      )
      .all(of, distance, Number(limit ?? 100));
  }

  close(): void {
    for (const db of [this.#settings, this.#graph, this.#ontology]) db.close();
  }

  /** Whether a class is another, or a kind of it. */
  #is(type: string, other: string): boolean {
    const found = this.#ontology.prepare('SELECT 1 FROM inferred_axioms WHERE subject = ? AND object = ?');
    return found.get(type, other) !== undefined;
  }
}

function open(file: string): Database.Database {
  const db = new Database(file, { fileMustExist: true });
  db.pragma('foreign_keys = ON');
  return db;
}
