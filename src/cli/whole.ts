import { createRunner } from '../node/create-runner.ts';
import { commands } from './commands/index.ts';
import { runProcess } from './process.ts';

runProcess(commands, async (request) => createRunner(request));
