/** A migration as errors, results and events name it. */
export interface MigrationRef {
  readonly version: number;
  readonly name: string;
}

/** The same without what else is known of it. */
export function refOf({ version, name }: MigrationRef): MigrationRef {
  return { version, name };
}
