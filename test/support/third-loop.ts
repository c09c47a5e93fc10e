import { executeRequest } from '../../src/bridge/execute-request.ts';
import { Listener } from '../../src/bridge/listener.ts';
import {
  toSqlError,
  type DatabaseBridge,
  type Host,
  type Op,
  type Execute,
  type Request,
} from '../../src/bridge/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { driverError } from '../../src/testing/index.ts';

/** What goes wrong at one request. */
export type Fault =
  /** The process ends before the request is performed: nothing of the engine runs any more, no `finally` either. */
  | { readonly kind: 'death'; readonly at: number }
  /** The request fails and does nothing. */
  | { readonly kind: 'before'; readonly at: number; readonly code: string }
  /** A request for a file fails, with nothing done or all done, as Node tells it. */
  | { readonly kind: 'errno'; readonly at: number; readonly code: string; readonly done: boolean }
  /** The request is performed, and fails all the same. */
  | { readonly kind: 'after'; readonly at: number; readonly code: string }
  /** The request fails with an error that is neither SQLite's nor Dunlin's, as a defect would. */
  | { readonly kind: 'bug'; readonly at: number }
  /** The request fails, and SQLite has rolled the transaction back, as it may after a full disk. */
  | { readonly kind: 'rollback'; readonly at: number; readonly code: string };

let now = 1_800_000_000_000;

/** The end of a simulated process. */
export class Death extends Error {}

/**
 * The third loop, beside runSync and runAsync: it performs an operation's requests, nested ones included, counts them,
 * and lets one of them go wrong.
 */
export class ThirdLoop {
  /** The kinds of all requests so far. */
  readonly requests: Request['kind'][] = [];
  /** Connections besides the run's that are open. */
  readonly #seconds = new Set<DatabaseBridge>();
  readonly #bridge: DatabaseBridge;
  readonly #fault: Fault | undefined;
  readonly #host: Host;
  readonly #listener = new Listener(undefined);

  constructor(bridge: DatabaseBridge, fault: Fault | undefined, host: Partial<Host> = {}) {
    this.#bridge = bridge;
    this.#fault = fault;
    // Time passes when somebody sleeps, and a little with every question.
    // It never goes back, so that what an earlier loop has left has other names.
    this.#host = { ...nodeHost, now: () => (now += 1), sleepSync: (ms) => void (now += ms), ...host };
  }

  run<T>(op: Op<T>): T {
    let step = op.next();
    while (step.done !== true) {
      let answer: unknown;
      try {
        answer = step.value.kind === 'nested' ? this.run(step.value.op) : this.#request(step.value);
      } catch (error) {
        // Nobody tells a dead process about it: the generator is abandoned.
        if (error instanceof Death) throw error;
        step = op.throw(error);
        continue;
      }
      step = op.next(answer);
    }
    return step.value;
  }

  /** `run` for an operation with answers that are promises: SQLite's backup API works beside the thread. */
  async drive<T>(op: Op<T>): Promise<T> {
    let step = op.next();
    while (step.done !== true) {
      let answer: unknown;
      try {
        answer = await (step.value.kind === 'nested' ? this.drive(step.value.op) : this.#request(step.value));
      } catch (error) {
        if (error instanceof Death) throw error;
        step = op.throw(error);
        continue;
      }
      step = op.next(answer);
    }
    return step.value;
  }

  #request(request: Exclude<Request, { readonly kind: 'nested' }>): unknown {
    // A constant of the bridge: nothing is asked for, so nothing can fail.
    if (request.kind === 'engine') return this.#perform(request);
    this.requests.push(request.kind);
    const fault = this.#fault?.at === this.requests.length ? this.#fault : undefined;
    if (fault === undefined) return this.#perform(request);
    if (fault.kind === 'death') {
      this.#closeSeconds();
      throw new Death();
    }
    if (fault.kind === 'errno') {
      if (fault.done) this.#perform(request);
      throw Object.assign(new Error(`${fault.code}: refused`), { code: fault.code, syscall: 'open' });
    }
    if (fault.kind === 'bug') throw new RangeError('a bug');
    if (fault.kind === 'after') {
      const answer = this.#perform(request);
      if (answer instanceof Promise) return this.#failAfter(answer, fault.code);
    }
    if (fault.kind === 'rollback' && this.#bridge.inTransaction?.() === true) void this.#bridge.script('ROLLBACK');
    throw toSqlError(driverError(fault.code));
  }

  async #failAfter(answer: Promise<unknown>, code: string): Promise<never> {
    await answer;
    throw toSqlError(driverError(code));
  }

  #perform(request: Exclude<Request, { readonly kind: 'nested' }>): unknown {
    const host = this.#host;
    if (request.kind === 'sleep') return host.sleepSync(request.ms);
    if (request.kind === 'call') return request.fn(((nested) => this.run(nested)) as Execute);
    const answer = executeRequest(request, { bridge: this.#bridge, host, listener: this.#listener });
    if (request.kind === 'connect' && answer !== undefined) this.#seconds.add(answer as DatabaseBridge);
    if (request.kind === 'disconnect') this.#seconds.delete(request.bridge);
    return answer;
  }

  /** The system closes what a dead process had open. */
  #closeSeconds(): void {
    for (const bridge of this.#seconds) {
      if (bridge.inTransaction?.() === true) void bridge.script('ROLLBACK');
      void bridge.close?.();
    }
  }
}
