// How long importing the library takes at an application's start: a process that imports it against an empty one.
import { median, timeProcess } from './support.mjs';

const pairs = 15;
const library = new URL('../dist/node/index.js', import.meta.url).href;

const time = (source) => timeProcess(['--input-type=module', '-e', source]);

const differences = [];
for (let pair = 0; pair < pairs; pair++) {
  const empty = time('');
  differences.push(time(`import ${JSON.stringify(library)}`) - empty);
}
console.log(`importing the library: ${median(differences).toFixed(0)} ms more than an empty process`);
