/** What a hint says in place of its own text once a failure has been undone with a backup, or could not be. */
export const recoveryTexts = {
  restored: (f: { id: string; backup: string }): string =>
    `Nothing is left of it: what ${f.id} did cannot be rolled back, so the database was restored from the backup ${f.backup} and is as it was before. Correct the migration and run again.`,
  setBack: (f: { id: string }): string =>
    `Nothing is left of it: the journal mode that ${f.id} had changed was set back. Correct the migration and run again.`,
  keptButMode: (f: { id: string }): string =>
    `${f.id} ran outside a transaction: the journal mode that it had changed was set back, what else it did stays, and running it again does no harm. Correct the migration and run again.`,
  stays: (f: { id: string; backup: string; reason: string; setBack: boolean }): string =>
    `${f.id} ran outside a transaction: what it did until then stays${f.setBack ? ', but for the journal mode, which was set back' : ''}, because the backup from before it was not restored: ${f.reason}. To go back, with the loss of everything since: \`dunlin backup restore ${f.backup}\`. To go on, correct the migration and run again.`,
};
