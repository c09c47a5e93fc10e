import { DunlinError, type ErrorCode, type ErrorDetails } from './error.ts';
import { catalogue } from './catalogue.ts';

export { DunlinError, isDunlinError } from './error.ts';
export type { ErrorCode, ErrorDetails, SourceLocation } from './error.ts';
export { catalogue } from './catalogue.ts';
export { closest, editDistance } from './closest.ts';
export { hasBrand } from './has-brand.ts';
export { isPlain, shown } from './shown.ts';
export { refOf, type MigrationRef, type MoveRef } from './migration-ref.ts';
export { count, plural } from './text.ts';
export { readableError, thrownReason } from './thrown.ts';
export { typed } from './typed.ts';
export { replaceControls, visible } from './visible.ts';
export { guardTexts } from './texts/guards.ts';
export { recoveryTexts } from './texts/recovery.ts';
export { isModuleSyntax } from './texts/definition.ts';
export { migrationTexts } from './texts/migration.ts';
export { optionTexts } from './texts/options.ts';

type Argument<F extends (...args: never[]) => string> = Parameters<F> extends [infer Facts] ? Facts : unknown;

/** What the texts of a code need to know: the message's facts and the hint's. */
export type Facts<C extends ErrorCode> = Argument<(typeof catalogue)[C]['message']> &
  Argument<(typeof catalogue)[C]['hint']>;

/** Makes the error of a code from its facts. All texts are in the catalogue, none at the place of the throw. */
export function dunlinError<C extends ErrorCode>(code: C, facts: Facts<C>, details?: ErrorDetails): DunlinError {
  const text = catalogue[code] as unknown as { message: (f: Facts<C>) => string; hint: (f: Facts<C>) => string };
  return new DunlinError(code, text.message(facts), text.hint(facts), details);
}
