// Loaded before a program (`node --import`): its clock starts at DUNLIN_NOW and moves on by 50 ms with every look, and
// what is random comes in a fixed order. So two runs use the same file names, and strace, which takes whole
// paths only, can be given those of backups before they exist.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

let now = Number(process.env.DUNLIN_NOW);
Date.now = () => (now += 50);
let drawn = 0;
crypto.randomBytes = (size) => Buffer.alloc(size, (drawn += 1));
syncBuiltinESMExports();
