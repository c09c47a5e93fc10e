export class Subject {
  constructor(dunlin: object, bridge: object);
}
export const cases: Readonly<Record<string, (subject: Subject) => Promise<void>>>;
/** The code, the SQL of the migration, what is run before it, and options. */
export const losses: Readonly<
  Record<string, readonly [code: string, sql: string, extra?: readonly string[], options?: object]>
>;
/** Applies the migrations before the one of a loss, and gives all. */
export function prepareLoss(subject: Subject, loss: (typeof losses)[string]): Promise<Record<string, string>>;
