export { AmbiguousOutcome, isAmbiguous, type KnownOutcome, type UnfinishedUser } from './ambiguous.ts';
export { Blockhouse } from './blockhouse.ts';
export type {
  BulkBlockRequest,
  BulkOptions,
  BulkRequest,
  BulkResult,
  TimedRequest,
  UserAtNumber,
} from './bulk.ts';
export {
  type BlockResult,
  BlockUsersClient,
  type ChangeOptions,
  type ClientOptions,
  type ListAllOptions,
  type Progress,
  throwIfRefused,
  type UnblockResult,
} from './client.ts';
export type { ImportRow } from './csv.ts';
export {
  AccountRestrictedError,
  AuthenticationError,
  BlockhouseError,
  ConnectionError,
  type Failure,
  ListChangedError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  TooManyUsersError,
  UnexpectedAnswerError,
} from './errors.ts';
export type { KeyInfo, NewKey, Role } from './keys.ts';
export type {
  ActivityEntry,
  ActivityFilter,
  BlockDetails,
  Cause,
  Diagnosis,
  HourOfTraffic,
  ListPage,
  ListQuery,
  NumberDiagnosis,
  PageQuery,
  StandingBlock,
} from './lists.ts';
export type { BlockedState } from './membership.ts';
export type { NewNumber, NumberChanges, NumberInfo, Subscription, UpstreamChanges } from './numbers.ts';
export { type BlockedUser, Page, type PageOptions } from './pages.ts';
export type { RequestOptions, TransportOptions } from './request.ts';
export { type ChangedUser, type Refusal, UsersRefused } from './results.ts';
export { type ClockInfo, type FaultOrder, type SaidMessage, Sandbox } from './sandbox.ts';
export type { User } from './user.ts';
export type { PlatformProblem } from './wire/index.ts';
