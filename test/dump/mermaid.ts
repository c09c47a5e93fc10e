import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';

/** What Mermaid reads from a diagram. */
export interface Entity {
  readonly label: string;
  readonly alias: string;
  readonly attributes: readonly {
    readonly type: string;
    readonly name: string;
    readonly keys?: readonly string[];
    readonly comment?: string;
  }[];
}

interface Mermaid {
  parse(text: string): Promise<unknown>;
  readonly mermaidAPI: {
    getDiagramFromText(text: string): Promise<{
      readonly type: string;
      readonly db: {
        getEntities(): ReadonlyMap<string, Entity & { readonly id: string }>;
        getRelationships(): readonly {
          readonly entityA: string;
          readonly entityB: string;
          readonly roleA: string;
          readonly relSpec: { readonly cardA: string; readonly cardB: string };
        }[];
      };
    }>;
  };
}

// The project's own small build, without dependencies. It is a script for browsers, so it gets a world of its own.
const file = createRequire(import.meta.url).resolve('@mermaid-js/tiny');
const world = createContext({ console, setTimeout, clearTimeout, structuredClone, URL, performance, queueMicrotask });
runInContext(readFileSync(file, 'utf8'), world);
const mermaid = runInContext('mermaid', world) as Mermaid;

/** Reads a diagram with Mermaid's own parser, which throws for one that it does not understand. */
export async function readMermaid(text: string): Promise<{ entities: Entity[]; relations: string[] }> {
  await mermaid.parse(text);
  const { type, db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  if (type !== 'er') throw new Error(`not an erDiagram, but ${type}`);
  const entities = [...db.getEntities().values()];
  const label = (id: string): string => entities.find((entity) => entity.id === id)?.label ?? id;
  const relations = db
    .getRelationships()
    .map(
      ({ entityA, entityB, roleA, relSpec }) =>
        `${label(entityA)} ${relSpec.cardB} ${relSpec.cardA} ${label(entityB)} (${roleA})`,
    );
  return { entities, relations };
}
