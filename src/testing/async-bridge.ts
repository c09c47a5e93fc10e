import type { DatabaseBridge } from '../bridge/index.ts';

/**
 * Makes a synchronous bridge asynchronous: every method returns a promise that resolves a turn later. For tests of code
 * that must not depend on immediate results.
 */
export function asyncBridge(bridge: DatabaseBridge): DatabaseBridge {
  // One queue, as in a connection: a request starts after the previous one has ended.
  let last: Promise<unknown> = Promise.resolve();
  function later<T>(ask: () => T): Promise<Awaited<T>> {
    const answer = last.then(ask) as Promise<Awaited<T>>;
    last = answer.catch(() => undefined);
    return answer;
  }

  const { file, columns, inTransaction, describeError } = bridge;
  const { openSecond, copyInto, registerFunction, close, closesLate } = bridge;
  return {
    driver: bridge.driver,
    sync: false,
    ...(bridge.engine && { engine: bridge.engine }),
    ...(file && { file: () => file.call(bridge) }),
    query: (sql, params) => later(() => bridge.query(sql, params)),
    script: (sql) => later(() => bridge.script(sql)),
    ...(columns && { columns: (sql) => later(() => columns.call(bridge, sql)) }),
    ...(inTransaction && { inTransaction: () => later(() => inTransaction.call(bridge)) }),
    ...(describeError && { describeError: (error) => describeError.call(bridge, error) }),
    ...(openSecond && {
      openSecond: (file) =>
        later(async () => {
          const second = await openSecond.call(bridge, file);
          return second && asyncBridge(second);
        }),
    }),
    ...(copyInto && { copyInto: (file) => later(() => copyInto.call(bridge, file)) }),
    ...(registerFunction && { registerFunction: (name, fn) => registerFunction.call(bridge, name, fn) }),
    ...(close && { close: () => later(() => close.call(bridge)) }),
    ...(closesLate !== undefined && { closesLate }),
  };
}
