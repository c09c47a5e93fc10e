/** The options whose values say which migrations and backups are meant; the scripts hand them on. */
export const targetOptions: readonly string[] = ['-d', '--database', '-m', '--migrations', '--config', '--backup-dir'];
