import { afterEach, expect, it, vi } from 'vitest';
import { webHost } from './web-host.ts';

afterEach(() => void vi.unstubAllGlobals());

it('has identifiers of 16 random digits', () => {
  const ids = Array.from({ length: 50 }, () => webHost.randomId());
  expect(new Set(ids).size).toBe(50);
  expect(ids.filter((id) => !/^[0-9a-f]{16}$/.test(id))).toEqual([]);
});

it('tells tabs apart by a number that stays', () => {
  expect(webHost.pid).toBe(webHost.pid);
  expect(Number.isSafeInteger(webHost.pid)).toBe(true);
});

it('is named after the site, if there is one', () => {
  expect(webHost.hostname).toBe('browser');
  vi.stubGlobal('location', { host: 'notes.example:8080' });
  expect(webHost.hostname).toBe('notes.example:8080');
});

it('has no files, so no backups', () => {
  expect(webHost.files).toBeUndefined();
});

it('waits, with a timer or without', async () => {
  const started = webHost.now();
  webHost.sleepSync(5);
  expect(webHost.now() - started).toBeGreaterThanOrEqual(5);
  await webHost.sleep(1);
  expect(webHost.now()).toBeGreaterThan(started);
});
