import { describe, expect, expectTypeOf, it } from 'vitest';
import { catalogue, isDunlinError, type DunlinError, type DunlinEvent, type ErrorCode } from '../../src/index.ts';

// What the compiler has to accept or refuse; `npm run typecheck` reads it.
describe('the code of an error', () => {
  it('is one of the catalogue', () => {
    expectTypeOf<DunlinError['code']>().toEqualTypeOf<ErrorCode>();
    expectTypeOf<ErrorCode>().toEqualTypeOf<Extract<keyof typeof catalogue, string>>();
    expectTypeOf<'LOCKED'>().toExtend<ErrorCode>();
    expectTypeOf<'LOCKT'>().not.toExtend<ErrorCode>();
    expectTypeOf<string>().not.toExtend<ErrorCode>();
  });

  it('narrows what was caught, and a slip in a comparison does not compile', () => {
    function isLocked(error: unknown): boolean {
      // @ts-expect-error: there is no such code.
      if (isDunlinError(error) && error.code === 'DATABASE_LOCKT') return true;
      return isDunlinError(error) && error.code === 'DATABASE_LOCKED';
    }
    expect(isLocked(new Error('x'))).toBe(false);
  });

  it('may index a table of an application’s own words', () => {
    const words: Partial<Record<ErrorCode, string>> = { LOCKED: 'Another program is using it.' };
    const wordsFor = (error: DunlinError): string | undefined => words[error.code];
    expectTypeOf(wordsFor).returns.toEqualTypeOf<string | undefined>();
    // @ts-expect-error: there is no such code.
    const wrong: Partial<Record<ErrorCode, string>> = { LOCKT: '' };
    expect(Object.keys(wrong)).toEqual(['LOCKT']);
  });

  it('is the same in the event of a failed migration and in the problems of an error', () => {
    type Failed = Extract<DunlinEvent, { readonly type: 'migration:failed' }>;
    expectTypeOf<Failed['code']>().toEqualTypeOf<ErrorCode>();
    expectTypeOf<DunlinError['problems'][number]['code']>().toEqualTypeOf<ErrorCode>();
  });
});
