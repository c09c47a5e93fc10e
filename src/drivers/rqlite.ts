import { BatchError, type BatchBridge, type EngineFacts, type Row, type Value } from '../bridge/index.ts';

/** What is used of the runtime's `fetch`. */
export type Fetch = (
  address: string,
  init: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    // The type of the runtime's own `fetch` decides what a signal is.
    readonly signal: never;
  },
) => Promise<{ readonly ok: boolean; readonly status: number; text(): Promise<string> }>;

/** Every runtime has these, but the core is compiled without the types of any. */
const web = globalThis as unknown as {
  readonly fetch: Fetch;
  readonly AbortSignal: { timeout(ms: number): never };
  btoa(text: string): string;
};

/** How to reach an rqlite cluster. */
export interface RqliteOptions {
  /** User and password, if the node asks for them. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** How long to wait for an answer. Default: 30 seconds. */
  readonly timeoutMs?: number;
  /** Default: the one of the runtime. */
  readonly fetch?: Fetch;
}

const facts: EngineFacts = {
  transactions: 'batch',
  // The same connection serves everybody, so that a PRAGMA would change it for all.
  foreignKeys: 'shared',
  durability: 'engine',
  settings: [],
  integrity: 'quick',
  size: 'none',
  schemaVersion: false,
  dataVersion: false,
  temporary: false,
  attach: false,
  integers: 'doubles',
  snapshot: 'endpoint',
  exclusion: 'ledger',
  limits: { transactionMs: 10_000 },
  reserved: [],
};

interface Answer {
  readonly results?: readonly {
    readonly error?: string;
    readonly columns?: readonly string[];
    readonly values?: readonly (readonly Value[])[];
  }[];
  readonly error?: string;
}

/**
 * An rqlite cluster as a `BatchBridge`, by the address of one of its nodes.
 *
 * Batches go to `/db/execute?transaction`. `/db/request?transaction` is not atomic: what comes after a statement that
 * cannot be prepared runs, and stays.
 *
 * ```ts
 * import { migrate } from 'dunlin';
 * import { rqlite } from 'dunlin/rqlite';
 *
 * await migrate({ database: rqlite('http://127.0.0.1:4001'), migrations: 'migrations' });
 * ```
 */
export function rqlite(address: string, options: RqliteOptions = {}): BatchBridge {
  const { auth, timeoutMs = 30_000, fetch: send = web.fetch } = options;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (auth !== undefined) headers['authorization'] = `Basic ${web.btoa(`${auth.user}:${auth.password}`)}`;
  const base = address.replace(/\/+$/, '');

  const post = async (path: string, body: unknown): Promise<Answer> => {
    let response: Awaited<ReturnType<Fetch>>;
    let text: string;
    try {
      const signal = web.AbortSignal.timeout(timeoutMs);
      response = await send(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(body), signal });
      text = await response.text();
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const { message } = cause as Error;
      throw new BatchError({ message: `${base} did not answer: ${message}`, outcome: 'unknown', cause: error });
    }
    if (response.ok) return JSON.parse(text) as Answer;
    // A node that has no leader, or lost it, may have passed the batch on.
    const outcome = response.status >= 500 ? 'unknown' : 'failed';
    throw new BatchError({ message: `${base} answered ${response.status}: ${text.trim()}`, outcome });
  };

  return {
    driver: 'rqlite',
    engine: facts,
    async read(sql) {
      const { results, error } = await post('/db/query?level=strong', [sql]);
      const { columns = [], values = [], error: refused } = results?.[0] ?? {};
      const message = error ?? refused;
      if (message !== undefined) throw new BatchError({ message, outcome: 'failed' });
      return values.map((row): Row => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null])));
    },
    async batch(statements) {
      const body = statements.map(({ sql, params }) => [sql, ...params]);
      const { results = [], error } = await post('/db/execute?transaction', body);
      // Not of a statement, but of the cluster: a leader that was lost may have passed the batch on.
      if (error !== undefined) throw new BatchError({ message: error, outcome: 'unknown' });
      const index = results.findIndex((result) => result.error !== undefined);
      const message = results[index]?.error;
      if (message !== undefined) throw new BatchError({ message, index, outcome: 'failed' });
    },
  };
}
