import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { nodeHost } from './node-host.ts';

describe('nodeHost', () => {
  it('hashes the UTF-8 bytes of a text', () => {
    expect(nodeHost.sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(nodeHost.sha256('ß 😀')).toBe(createHash('sha256').update(Buffer.from('ß 😀')).digest('hex'));
  });

  it('hashes the same way on a Node without crypto.hash', async () => {
    vi.doMock('node:crypto', async (original) => ({ ...(await original<object>()), hash: undefined }));
    vi.resetModules();
    const { nodeHost: old } = await import('./node-host.ts');
    vi.doUnmock('node:crypto');
    expect(old.sha256('ß 😀')).toBe(nodeHost.sha256('ß 😀'));
  });

  it('sleeps, blocking and not', async () => {
    const start = performance.now();
    nodeHost.sleepSync(15);
    const blocked = performance.now() - start;
    await nodeHost.sleep(15);
    expect(blocked).toBeGreaterThan(13);
    expect(performance.now() - start).toBeGreaterThan(blocked + 12);
  });

  it('knows the time, itself, and a new identifier each time', () => {
    expect(Math.abs(nodeHost.now() - Date.now())).toBeLessThan(60_000);
    expect(nodeHost.pid).toBe(process.pid);
    expect(nodeHost.hostname).not.toBe('');
    expect(new Set(Array.from({ length: 50 }, () => nodeHost.randomId())).size).toBe(50);
    expect(nodeHost.randomId()).toMatch(/^[0-9a-f]{16}$/);
  });
});
