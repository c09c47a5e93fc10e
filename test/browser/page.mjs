// What run.mjs calls in a tab: requests to a worker, which it can also end in the middle.
let worker;

globalThis.ask = (request) => {
  worker ??= new Worker('worker.js', { type: 'module' });
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.addEventListener('message', ({ data }) => resolve(data));
    port1.start();
    worker.postMessage(request, [port2]);
  });
};

/** Ends the worker after its answer, with what it has open. */
globalThis.endAfterAnswer = async (request) => {
  await globalThis.ask(request);
  worker.terminate();
  worker = undefined;
};

/** Ends the worker some milliseconds after its run has begun. */
globalThis.endAfter = async (request, ms) => {
  const begun = new Promise((resolve) => {
    const channel = new BroadcastChannel('dunlin:migrating');
    channel.addEventListener('message', () => resolve(channel.close()));
  });
  void globalThis.ask(request);
  await begun;
  await new Promise((resolve) => void setTimeout(resolve, ms));
  worker.terminate();
  worker = undefined;
};
