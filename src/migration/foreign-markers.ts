import { dunlinError, type DunlinError } from '../errors/index.ts';
import { locate } from './place.ts';
import type { Script } from './script.ts';

/** Lines that divide a file in other tools. Each tool's own documentation shows them. */
const tools: readonly (readonly [marker: RegExp, tool: string])[] = [
  [/^--\s*\+goose\s+(?:up|down)\b/i, 'goose'],
  [/^--\s*\+migrate\s+(?:up|down)\b/i, 'sql-migrate'],
  [/^--\s*migrate:(?:up|down)\b/i, 'dbmate'],
  [/^--\s*liquibase formatted sql\b/i, 'Liquibase'],
  [/^--\s*\/\/\s*@undo\b/i, 'MyBatis Migrations'],
  [/^--\s*(?:up|down)$/i, 'node-sqlite'],
];

/** The first line that means something to another tool. */
export function findForeignMarker(script: Script): DunlinError | undefined {
  for (const comment of script.comments) {
    const tool = comment.isLine ? tools.find(([marker]) => marker.test(comment.text))?.[1] : undefined;
    if (tool === undefined) continue;
    const { at, details } = locate(script.origin, script.text, comment.start);
    return dunlinError('MARKER_FOREIGN', { at, marker: comment.text, tool }, details);
  }
  return undefined;
}
