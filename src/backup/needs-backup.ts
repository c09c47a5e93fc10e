import { touchesOf, type Step } from '../plan/index.ts';

/** What of a run's context decides about backups. */
interface BackupPolicy {
  /** Whether the platform has files. */
  readonly canBackUp: boolean;
  readonly options: { readonly backup?: 'always' | 'risky' | 'off' };
}

/** Whether the options ask for a backup before these steps. */
export function needsBackup({ canBackUp, options }: BackupPolicy, steps: readonly Step[]): boolean {
  const when = options.backup ?? 'always';
  return canBackUp && when !== 'off' && (when === 'always' || steps.some(isRisky));
}

/** Whether a step may remove rows or objects. Code may do anything. */
export function isRisky(step: Step): boolean {
  if (!step.transaction || step.run !== undefined || step.destructive === true || step.destructive.length > 0)
    return true;
  const touches = touchesOf(step.statements);
  if (touches.drops.length > 0 || touches.rebuilds.length > 0) return true;
  return step.statements.some(
    ({ facts }) =>
      facts.verb === 'update' ||
      facts.verb === 'delete' ||
      facts.verb === 'drop' ||
      (facts.verb === 'insert' && facts.conflict === 'replace') ||
      (facts.verb === 'alter' && facts.change.kind === 'drop-column'),
  );
}
