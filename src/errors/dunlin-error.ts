import { catalogue } from './catalogue.ts';
import { DunlinError, type ErrorCode, type ErrorDetails } from './error.ts';

type Argument<F extends (...args: never[]) => string> = Parameters<F> extends [infer Facts] ? Facts : unknown;

/** The parameters of a code's texts: those of the message and those of the hint. */
export type Facts<C extends ErrorCode> = Argument<(typeof catalogue)[C]['message']> &
  Argument<(typeof catalogue)[C]['hint']>;

/** Creates the error of a code. All texts are in the catalogue, none where an error is thrown. */
export function dunlinError<C extends ErrorCode>(code: C, facts: Facts<C>, details?: ErrorDetails): DunlinError {
  const text = catalogue[code] as unknown as { message: (f: Facts<C>) => string; hint: (f: Facts<C>) => string };
  return new DunlinError(code, text.message(facts), text.hint(facts), details);
}
