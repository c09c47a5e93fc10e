import { copyFileSync, rmSync } from 'node:fs';
import type { Operation, RunContext, RunOptions } from '../../src/lock/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { registryOf, type TestDatabase } from '../support/databases.ts';
import { ThirdLoop, type Fault } from '../support/third-loop.ts';
import { plainFiles } from './adopt-samples.ts';

/** Performs an operation on a new connection with a fault; the number of its requests. */
export function perform(
  db: TestDatabase,
  operation: Operation<unknown>,
  fault?: Fault,
  options: RunOptions = {},
): number {
  const bridge = db.connect();
  const loop = new ThirdLoop(bridge, fault, nodeHost);
  const context: RunContext = createContext(
    { host: nodeHost, database: 'app.db' },
    { lockTimeoutMs: 0, backup: 'off', ...options },
    bridge,
    registryOf(plainFiles),
  );
  try {
    loop.run(operation(context));
  } finally {
    db.close(bridge);
  }
  return loop.requests.length;
}

/** What puts the file back as it is now. */
export function restarter(db: TestDatabase): () => void {
  db.close();
  const start = `${db.path}-start`;
  copyFileSync(db.path, start);
  return () => {
    rmSync(`${db.path}-journal`, { force: true });
    copyFileSync(start, db.path);
  };
}
