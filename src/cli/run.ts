import { createRunner } from '../node/create-runner.ts';
import { up } from './commands/up.ts';
import { runProcess } from './process.ts';

// `dunlin up` alone. It shares its chunks with the whole program, which has every command.
runProcess([up], async (request) => createRunner(request));
