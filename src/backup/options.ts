/** Where backups go and how many stay. The newest one always stays, and one that the newest failed run refers to. */
export interface BackupOptions {
  /** Each database has a folder of its own in it. Default: `<database>-backups` beside the database. */
  readonly directory?: string;
  /** The most backups to keep; default 5. */
  readonly keep?: number;
  /** The maximum age in days; default: no limit. */
  readonly maxAgeDays?: number;
  /** The maximum total size in bytes; default four times the size of the database or of its largest backup. */
  readonly maxBytes?: number;
  /** Whether all but the newest are compressed; default true. */
  readonly compress?: boolean;
}

/** A backup that a run created. */
export interface RunBackup {
  /** For `dunlin backup restore`. */
  readonly id: string;
  readonly file: string;
  readonly bytes: number;
  /** Flaws of the database that the backup has as well; missing if there are none. */
  readonly flaws?: readonly string[];
}
