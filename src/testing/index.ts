export { bridgeConformanceChecks, type ConformanceCheck, type MakeBridge } from './conformance.ts';
export { driverError, recordBridge, type RecordedBridge, type RecordedRequest } from './record-bridge.ts';
export { mockBridge, type MockAnswer, type MockBridgeOptions } from './mock-bridge.ts';
export { asyncBridge } from './async-bridge.ts';
