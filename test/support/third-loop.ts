import { perform } from '../../src/bridge/perform.ts';
import { Listener } from '../../src/bridge/listener.ts';
import {
  toSqlError,
  type DatabaseBridge,
  type Host,
  type Op,
  type Perform,
  type Request,
} from '../../src/bridge/index.ts';
import { nodeHost } from '../../src/node/host.ts';
import { driverError } from '../../src/testing/index.ts';

/** What goes wrong at one request. */
export type Fault =
  /** The process ends before the request is performed: nothing of the engine runs any more, no `finally` either. */
  | { readonly kind: 'death'; readonly at: number }
  /** The request fails and does nothing. */
  | { readonly kind: 'before'; readonly at: number; readonly code: string }
  /** The request is performed, and fails all the same. */
  | { readonly kind: 'after'; readonly at: number; readonly code: string }
  /** The request fails with an error that is neither SQLite's nor Dunlin's, as a defect would. */
  | { readonly kind: 'bug'; readonly at: number }
  /** The request fails, and SQLite has rolled the transaction back, as it may after a full disk. */
  | { readonly kind: 'rollback'; readonly at: number; readonly code: string };

/** The end of a simulated process. */
export class Death extends Error {}

/**
 * The third loop, beside runSync and runAsync: it performs an operation's requests, nested ones included, counts them,
 * and lets one of them go wrong.
 */
export class ThirdLoop {
  /** The kinds of all requests so far. */
  readonly requests: Request['kind'][] = [];
  readonly #bridge: DatabaseBridge;
  readonly #fault: Fault | undefined;
  readonly #host: Host;
  readonly #listener = new Listener(undefined);

  constructor(bridge: DatabaseBridge, fault: Fault | undefined) {
    this.#bridge = bridge;
    this.#fault = fault;
    // Time passes when somebody sleeps, and a little with every question.
    let now = 1_800_000_000_000;
    this.#host = { ...nodeHost, now: () => (now += 1), sleepSync: (ms) => void (now += ms) };
  }

  run<T>(op: Op<T>): T {
    let step = op.next();
    while (step.done !== true) {
      let answer: unknown;
      try {
        answer = this.#request(step.value);
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

  #request(request: Request): unknown {
    this.requests.push(request.kind);
    const fault = this.#fault?.at === this.requests.length ? this.#fault : undefined;
    if (fault === undefined) return this.#perform(request);
    if (fault.kind === 'death') throw new Death();
    if (fault.kind === 'bug') throw new RangeError('a bug');
    if (fault.kind === 'after') this.#perform(request);
    if (fault.kind === 'rollback' && this.#bridge.inTransaction?.() === true) void this.#bridge.script('ROLLBACK');
    throw toSqlError(driverError(fault.code));
  }

  #perform(request: Request): unknown {
    const host = this.#host;
    if (request.kind === 'sleep') return host.sleepSync(request.ms);
    if (request.kind === 'call') return request.fn(((nested) => this.run(nested)) as Perform);
    return perform(request, { bridge: this.#bridge, host, listener: this.#listener });
  }
}
