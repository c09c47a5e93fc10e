// The page draws; the worker has the database.
const worker = new Worker('worker.js', { type: 'module' });
const form = document.querySelector('form');
const list = document.querySelector('ul');
const status = document.querySelector('[role=status]');

worker.addEventListener('message', ({ data }) => {
  if (data.status !== undefined) status.textContent = data.status;
  if (data.notes !== undefined) list.replaceChildren(...data.notes.map((text) => item(text)));
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  worker.postMessage({ add: form.body.value });
  form.reset();
});

function item(text) {
  return Object.assign(document.createElement('li'), { textContent: text });
}
