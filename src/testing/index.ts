export { bridgeConformanceChecks } from './conformance.ts';
export type { ConformanceCheck, MakeBridge } from './checks/check.ts';
export { driverError, recordBridge, type RecordedBridge, type RecordedRequest } from './record-bridge.ts';
export { mockBridge, type MockAnswer, type MockBridgeOptions } from './mock-bridge.ts';
export { asyncBridge } from './async-bridge.ts';
export { batchConformanceChecks, type BatchConformanceCheck } from './batch-conformance.ts';
