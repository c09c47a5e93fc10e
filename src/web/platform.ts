/** What this room uses of a browser. The compiler knows none here; Node has most of it, for tests. */
interface Platform {
  readonly crypto: { getRandomValues<T extends Uint8Array | Uint32Array>(array: T): T };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly AbortController: new () => { abort(): void; readonly signal: unknown };
  readonly BroadcastChannel?: new (name: string) => Channel;
  readonly navigator?: { readonly locks?: LockManager };
  readonly location?: { readonly host?: string };
  setTimeout(fn: () => void, ms: number): unknown;
  setInterval(fn: () => void, ms: number): unknown;
  clearInterval(timer: unknown): void;
}

/** https://developer.mozilla.org/docs/Web/API/BroadcastChannel */
export interface Channel {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  postMessage(message: unknown): void;
  close(): void;
}

/** https://developer.mozilla.org/docs/Web/API/LockManager */
export interface LockManager {
  request<T>(name: string, options: { readonly signal: unknown }, work: () => Promise<T>): Promise<T>;
}

/** A function, because a test or an older browser may lack a part, and a polyfill may come later. */
export function platform(): Platform {
  return globalThis as unknown as Platform;
}
