import type { Op } from '../bridge/index.ts';
import { madeByRepeatables, replayTo } from '../check/index.ts';
import { checkOptions, isBoolean, isRecord, isText, must, type ChecksOf } from '../errors/index.ts';
import {
  generateMigration,
  proveMigration,
  proveOnCopy,
  type GeneratedMigration,
  type GenerateRequest,
} from '../generate/index.ts';
import type { RunContext } from '../lock/index.ts';
import { startOf, wholeHistory } from '../migration/index.ts';
import type { Inventory } from '../schema/index.ts';
import type { CheckDatabases } from './check.ts';

/** What a generated migration should make, and what two schemas do not tell. */
export interface GenerateOptions extends Omit<GenerateRequest, 'from'> {
  /** Also proves it on a copy of the database, after what is pending. Default false. */
  readonly withData?: boolean;
}

/** A generated migration, and what its proof has found. */
export interface GenerateResult extends GeneratedMigration {
  /** What is wrong with it, by where it ran; empty if it is right, or if there is nothing to prove. */
  readonly unproven: readonly { readonly where: string; readonly lines: readonly string[] }[];
}

const isList = must('a list', Array.isArray);
const isMap = must('a Map', (value) => value instanceof Map);
const generateChecks: ChecksOf<GenerateOptions> = {
  to: must('a schema', (value) => isRecord(value) && value['tables'] instanceof Map && value['others'] instanceof Map),
  renames: isList,
  distinct: must('a list, or "all"', (value) => value === 'all' || Array.isArray(value)),
  fills: isMap,
  downFills: isMap,
  sqlite: must('a version such as 3.44', (value) => isText(value) && /^\d+(?:\.\d+)*$/.test(value)),
  withData: isBoolean,
};

/** Writes the migration from what all migrations make to another schema, and proves it. Writes no file. */
export async function generate(
  options: GenerateOptions,
  databases: CheckDatabases,
  database: string,
): Promise<GenerateResult> {
  checkOptions(options, generateChecks, ['to']);
  const { withData = false, ...wanted } = options;
  const request = await databases.onScratch((context) => readRequest(context, wanted));
  const generated = await databases.onScratch(() => generateMigration(request));
  if (generated.up === '') return { ...generated, unproven: [] };
  const found = [
    {
      where: 'a scratch database with sample rows',
      lines: await databases.onScratch((context) => proveMigration(context, request, generated)),
    },
  ];
  if (withData)
    found.push({
      where: `a copy of ${database}`,
      lines: await databases.withCopy(async (copy, tools) => await proveOnCopy(copy, tools, request, generated)),
    });
  return { ...generated, unproven: found.filter(({ lines }) => lines.length > 0) };
}

/** What repeatable migrations make is theirs to change. */
function* readRequest(context: RunContext, wanted: Omit<GenerateRequest, 'from'>): Op<GenerateRequest> {
  const { registry } = context;
  const version = startOf(wholeHistory(registry)).at(-1)?.version ?? 0;
  const from = yield* replayTo(context, version, registry.repeatables);
  const made = madeByRepeatables(registry);
  const others = new Map([...wanted.to.others].filter(([key]) => !made.has(key)));
  for (const [key, object] of from.others) if (made.has(key)) others.set(key, object);
  const to: Inventory = { ...wanted.to, others };
  return { ...wanted, from, to };
}
