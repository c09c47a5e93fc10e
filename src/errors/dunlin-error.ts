import { catalogue } from './catalogue.ts';
import { DunlinError, type ErrorCode, type ErrorDetails } from './error.ts';

type Argument<F extends (...args: never[]) => string> = Parameters<F> extends [infer Facts] ? Facts : unknown;

/** What the texts of a code need to know: the message's facts and the hint's. */
export type Facts<C extends ErrorCode> = Argument<(typeof catalogue)[C]['message']> &
  Argument<(typeof catalogue)[C]['hint']>;

/** Makes the error of a code from its facts. All texts are in the catalogue, none at the place of the throw. */
export function dunlinError<C extends ErrorCode>(code: C, facts: Facts<C>, details?: ErrorDetails): DunlinError {
  const text = catalogue[code] as unknown as { message: (f: Facts<C>) => string; hint: (f: Facts<C>) => string };
  return new DunlinError(code, text.message(facts), text.hint(facts), details);
}
