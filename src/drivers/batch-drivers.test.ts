import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BatchError } from '../bridge/index.ts';
import { d1, type D1Handle, type D1Statement } from './d1.ts';
import { rqlite } from './rqlite.ts';

async function failureOf(work: Promise<unknown>): Promise<BatchError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BatchError);
  return error as BatchError;
}

describe('d1', () => {
  /** A binding that records what it gets, and fails with `message` if there is one. */
  function binding(message?: unknown): { readonly handle: D1Handle; readonly seen: unknown[][] } {
    const seen: unknown[][] = [];
    const answer = <T>(value: T): Promise<T> =>
      message === undefined ? Promise.resolve(value) : Promise.reject(message);
    const statement = (sql: string, values: readonly unknown[] = []): D1Statement & { readonly text: unknown[] } => ({
      text: [sql, ...values],
      bind: (...more) => statement(sql, more),
      all: () => answer({ results: [{ n: 1 }] }),
    });
    const handle = {
      prepare: (sql: string) => statement(sql),
      batch: (statements: D1Statement[]) => {
        for (const one of statements) seen.push((one as D1Statement & { text: unknown[] }).text);
        return answer([]);
      },
    };
    return { handle, seen };
  }

  it('binds parameters, and reads from the primary database where there are sessions', async () => {
    const { handle, seen } = binding();
    const bridge = d1(handle);
    await bridge.batch([
      { sql: 'SELECT 1', params: [] },
      { sql: 'SELECT ?', params: ['a'] },
    ]);
    expect(seen).toEqual([['SELECT 1'], ['SELECT ?', 'a']]);
    expect(await bridge.read('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    const asked: string[] = [];
    d1({ ...handle, withSession: (constraint) => (asked.push(constraint), handle) });
    expect(asked).toEqual(['first-primary']);
  });

  it('knows its limits', () => {
    expect(d1(binding().handle).engine.limits.statements).toBe(1000);
    expect(d1(binding().handle, { maxStatements: 50 }).engine.limits.statements).toBe(50);
  });

  it.each([
    ['D1_ERROR: no such table: x: SQLITE_ERROR', 'failed', 'SQLITE_ERROR', 'no such table: x'],
    [
      'D1_ERROR: UNIQUE constraint failed: t.x: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)',
      'failed',
      'SQLITE_CONSTRAINT',
      'UNIQUE constraint failed: t.x',
    ],
    ['D1_TYPE_ERROR: Type bigint not supported', 'failed', 'SQLITE_ERROR', 'Type bigint not supported'],
    ['D1_ERROR: Network connection lost.', 'unknown', 'SQLITE_ERROR', 'Network connection lost.'],
  ])('an error without a code of SQLite may have been a success: %s', async (text, outcome, code, message) => {
    const bridge = d1(binding(new Error(text)).handle);
    for (const work of [bridge.batch([{ sql: 'SELECT 1', params: [] }]), bridge.read('SELECT 1')])
      expect(await failureOf(work)).toMatchObject({ outcome, code, message });
  });

  it('an error that is no Error is one', async () => {
    expect((await failureOf(d1(binding('broken').handle).read('SELECT 1'))).message).toBe('broken');
  });
});

describe('rqlite', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  /** A server that answers every request in this way. */
  async function answering(
    status: number,
    body: string,
  ): Promise<{
    readonly address: string;
    readonly seen: { readonly url: string; readonly auth: string; readonly body: string }[];
  }> {
    const seen: { url: string; auth: string; body: string }[] = [];
    const textOf = async (request: IncomingMessage): Promise<string> => {
      let text = '';
      for await (const part of request) text += String(part);
      return text;
    };
    server = createServer((request, response) => {
      void textOf(request).then((text) => {
        seen.push({ url: request.url ?? '', auth: request.headers.authorization ?? '', body: text });
        response.writeHead(status, { connection: 'close' }).end(body);
      });
    });
    await new Promise<void>((done) => void server!.listen(0, '127.0.0.1', done));
    return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen };
  }

  it('sends batches to the endpoint that is atomic, and reads with strong consistency', async () => {
    const { address, seen } = await answering(200, '{"results":[{"columns":["n","m"],"values":[[1,null],[2]]}]}');
    const bridge = rqlite(address, { auth: { user: 'me', password: 'secret' } });
    await bridge.batch([{ sql: 'SELECT ?', params: ['a'] }]);
    expect(await bridge.read('SELECT n, m FROM t')).toEqual([
      { n: 1, m: null },
      { n: 2, m: null },
    ]);
    const auth = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    expect(seen).toEqual([
      { url: '/db/execute?transaction', auth, body: '[["SELECT ?","a"]]' },
      { url: '/db/query?level=strong', auth, body: '["SELECT n, m FROM t"]' },
    ]);
  });

  it('reads nothing from an answer without results', async () => {
    const { address } = await answering(200, '{"results":[]}');
    expect(await rqlite(address).read('SELECT 1 WHERE 0')).toEqual([]);
    await rqlite(address).batch([]);
  });

  it.each([
    [200, '{"results":[{},{"error":"no such table: x"}]}', 'failed', 1, 'no such table: x'],
    [
      200,
      '{"error":"leadership lost while committing log"}',
      'unknown',
      undefined,
      'leadership lost while committing log',
    ],
    [503, 'leader not found', 'unknown', undefined, '503: leader not found'],
    [401, 'Unauthorized', 'failed', undefined, '401: Unauthorized'],
  ])('says whether a batch has failed for certain: %s %s', async (status, body, outcome, index, message) => {
    const { address } = await answering(status, body);
    const error = await failureOf(rqlite(address).batch([{ sql: 'SELECT 1', params: [] }]));
    expect(error).toMatchObject({ outcome, index });
    expect(error.message).toContain(message);
  });

  it.each(['{"results":[{"error":"no such table: x"}]}', '{"error":"no such table: x"}'])(
    'a read that fails says why: %s',
    async (body) => {
      const { address } = await answering(200, body);
      expect((await failureOf(rqlite(address).read('SELECT 1'))).message).toBe('no such table: x');
    },
  );

  it('without an answer nobody knows', async () => {
    const { address } = await answering(200, '{}');
    await new Promise<void>((done) => void server!.close(() => done()));
    const error = await failureOf(rqlite(address).batch([{ sql: 'SELECT 1', params: [] }]));
    expect(error.outcome).toBe('unknown');
    expect(error.message).toMatch(/did not answer: .*ECONNREFUSED/);
    const broken = rqlite(address, { fetch: () => Promise.reject(new Error('cut')) });
    expect((await failureOf(broken.read('SELECT 1'))).message).toMatch(/did not answer: cut$/);
  });
});
