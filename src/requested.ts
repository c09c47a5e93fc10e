import type { Op } from './bridge/index.ts';
import {
  baselineChecks,
  checkOptions,
  confirmChecks,
  downChecks,
  dumpChecks,
  historyChecks,
  planChecks,
  resetChecks,
  tableChecks,
  targetChecks,
  upChecks,
  versionsChecks,
} from './check-options.ts';
import { run, type RunContext } from './execute/index.ts';
import * as operations from './operations/index.ts';
import type {
  BaselineOptions,
  ConfirmOptions,
  DownOptions,
  DumpOptions,
  HistoryEntry,
  PlanOptions,
  RepairChange,
  RunBackup,
  RunResult,
  TrialResult,
  UpOptions,
} from './options.ts';
import type { Plan } from './plan/index.ts';

// What a runner's methods ask of the engine. Options are checked at once, before anything is opened.

type Requested<T> = (context: RunContext) => Op<T>;

export function up(options: UpOptions): Requested<RunResult> {
  checkOptions(options, upChecks);
  return (context) => run(context, operations.upGoal(options));
}

export function down(options: DownOptions): Requested<RunResult> {
  checkOptions(options, downChecks);
  return (context) => run(context, operations.downGoal(options), options.confirm);
}

export function redo(options: ConfirmOptions): Requested<RunResult> {
  checkOptions(options, confirmChecks);
  return (context) =>
    run({ ...context, options: { ...context.options, atomic: 'run' } }, { kind: 'redo' }, options.confirm);
}

export function to(target: number, options: ConfirmOptions): Requested<RunResult> {
  checkOptions({ target }, targetChecks, ['target']);
  checkOptions(options, confirmChecks);
  return (context) => run(context, { kind: 'to', version: target }, options.confirm);
}

export function plan(options: PlanOptions): Requested<Plan> {
  checkOptions(options, planChecks);
  const goal = options.direction === 'down' ? operations.downGoal : operations.upGoal;
  return (context) => operations.readPlan(context, goal(options));
}

export function history(options: { readonly limit?: number }): Requested<readonly HistoryEntry[]> {
  checkOptions(options, historyChecks);
  return (context) => operations.readHistory(context, options.limit ?? 20);
}

export function baseline(target: number, options: BaselineOptions): Requested<RunResult> {
  checkOptions({ target }, targetChecks, ['target']);
  checkOptions(options, baselineChecks);
  return (context) => operations.baseline(context, target, options);
}

export function repair(versions: readonly number[]): Requested<readonly RepairChange[]> {
  checkOptions({ versions }, versionsChecks, ['versions']);
  return (context) => operations.repair(context, versions);
}

export function reset(options: { readonly confirm: string }): Requested<RunBackup | undefined> {
  checkOptions(options, resetChecks, ['confirm']);
  return (context) => operations.reset(context, options.confirm);
}

export function rebuildScript(table: string): Requested<string> {
  checkOptions({ table }, tableChecks, ['table']);
  return (context) => operations.readRebuildScript(context, table);
}

export function trial(target: number): Requested<TrialResult> {
  checkOptions({ target }, targetChecks, ['target']);
  return (context) => operations.tryMigration(context, target);
}

export function dump(options: DumpOptions): Requested<string> {
  checkOptions(options, dumpChecks);
  return (context) => operations.dump(context, options);
}
