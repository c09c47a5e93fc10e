/** A migration as errors, results and events name it. */
export interface MigrationRef {
  readonly version: number;
  readonly name: string;
}

/** A migration with what a run does with it. */
export interface MoveRef extends MigrationRef {
  readonly direction: 'up' | 'down';
}

/** The same without what else is known of it. */
export function refOf({ version, name }: MigrationRef): MigrationRef {
  return { version, name };
}
