export { BatchRunner, type BatchParts, type BatchRunOptions } from './batch-runner.ts';
