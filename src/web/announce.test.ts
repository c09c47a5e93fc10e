import { afterEach, expect, it, vi } from 'vitest';
import { announce, onMigrating, type MigratingMessage } from './announce.ts';

afterEach(() => void vi.unstubAllGlobals());

it('other tabs hear which version a run brings, of the database they ask for', async () => {
  const heard: MigratingMessage[] = [];
  const one = new Promise<void>((resolve) => {
    const stop = onMigrating('app', (message) => {
      heard.push(message);
      stop();
      resolve();
    });
  });
  announce({ name: 'other', to: 1 });
  announce({ name: 'app', to: 7 });
  await one;
  expect(heard).toEqual([{ name: 'app', to: 7 }]);
});

it('a browser without BroadcastChannel hears nothing, and migrates', () => {
  vi.stubGlobal('BroadcastChannel', undefined);
  expect(() => announce({ name: 'app', to: 7 })).not.toThrow();
  expect(() => onMigrating('app', () => undefined)()).not.toThrow();
});

it('refuses a wrong name or listener', () => {
  expect(() => onMigrating('', () => undefined)).toThrow(/`name`/);
  expect(() => onMigrating('app', 1 as never)).toThrow(/`listener`/);
});
