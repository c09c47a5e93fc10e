import { catalogue } from './catalogue.ts';
import { DunlinError, type ErrorCode, type ErrorDetails } from './error.ts';

type Argument<F extends (...args: never[]) => string> = Parameters<F> extends [infer Params] ? Params : unknown;

/** The parameters of a code's texts: those of the message and those of the hint. */
export type ErrorParams<C extends ErrorCode> = Argument<(typeof catalogue)[C]['message']> &
  Argument<(typeof catalogue)[C]['hint']>;

/** Creates the error of a code. All texts are in the catalogue, none where an error is thrown. */
export function dunlinError<C extends ErrorCode>(code: C, params: ErrorParams<C>, details?: ErrorDetails): DunlinError {
  const text = catalogue[code] as unknown as {
    message: (params: ErrorParams<C>) => string;
    hint: (params: ErrorParams<C>) => string;
  };
  return new DunlinError(code, text.message(params), text.hint(params), details);
}
