export {
  DunlinError,
  isDunlinError,
  hasBrand,
  refOf,
  type ErrorCode,
  type ErrorDetails,
  type SourceLocation,
  type MigrationRef,
  type MoveRef,
} from './error.ts';
export { catalogue, migrationTexts } from './catalogue.ts';
export { closest, editDistance } from './closest.ts';
export { isPlain, shown } from './shown.ts';
export { count, plural, size } from './text.ts';
export { isSystemError, readableError, thrownReason } from './thrown.ts';
export { typed } from './typed.ts';
export { replaceControls, visible } from './visible.ts';
export { guardTexts } from './texts/guards.ts';
export { recoveryTexts } from './texts/recovery.ts';
export { isModuleSyntax } from './texts/definition.ts';
export type { AdoptObstacle } from './texts/adopt.ts';
export type { WayBack } from './texts/formats.ts';
export type { UnappliedState } from './texts/ledger-foreign.ts';
export type { LackingColumns } from './texts/lacking.ts';
export type { CutShort, RecoveryOutcome } from './texts/run.ts';
export { optionTexts } from './texts/options.ts';
export {
  checkOptions,
  countCheck,
  isBoolean,
  isFunction,
  isRecord,
  isText,
  isWhole,
  must,
  oneOf,
  optionProblems,
  text,
  unknownKey,
  versionCheck,
  type Check,
  type Checks,
  type ChecksOf,
} from './check-options.ts';
export { dunlinError, type ErrorParams } from './dunlin-error.ts';
