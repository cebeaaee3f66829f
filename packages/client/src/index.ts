export { AmbiguousOutcome, isAmbiguous, type KnownOutcome, type UnfinishedUser } from './ambiguous.ts';
export type {
  BlockResult,
  ChangeOptions,
  Progress,
  UnblockResult,
} from './block-users/change.ts';
export { BlockUsersClient, type ClientOptions } from './block-users/client.ts';
export type { ListAllOptions } from './block-users/listing.ts';
export type { BlockedState } from './block-users/membership.ts';
export { type BlockedUser, Page, type PageOptions } from './block-users/pages.ts';
export type { Activity, ActivityEntry, ActivityFilter } from './blockhouse/activity.ts';
export { Blockhouse } from './blockhouse/blockhouse.ts';
export type { BlockDetails, Blocks, ListQuery } from './blockhouse/blocks.ts';
export type {
  BulkBlockRequest,
  BulkOptions,
  BulkRequest,
  BulkResult,
  BulkStandingRequest,
  UserAtNumber,
} from './blockhouse/bulk.ts';
export type { ImportRow } from './blockhouse/csv.ts';
export type { Deliveries, Delivery, TestDelivery } from './blockhouse/deliveries.ts';
export type { KeyInfo, Keys, NewKey, Role } from './blockhouse/keys.ts';
export type { Attribution, ListPage, PageQuery } from './blockhouse/lists.ts';
export type {
  HourOfTraffic,
  NewNumber,
  NumberChanges,
  NumberInfo,
  Numbers,
  Subscription,
  UpstreamChanges,
} from './blockhouse/numbers.ts';
export type { Review, ReviewDecision, Reviews } from './blockhouse/reviews.ts';
export type {
  Replay,
  Rule,
  RuleAction,
  RuleConditions,
  RuleDocument,
  RuleSettings,
  Rules,
  RulesDocument,
  TextCondition,
} from './blockhouse/rules.ts';
export type { ClockInfo, Fault, Sandbox, SandboxMessage } from './blockhouse/sandbox.ts';
export type { StandingBlock, StandingBlocks } from './blockhouse/standing-blocks.ts';
export type { Diagnosis, NumberDiagnosis, Users } from './blockhouse/users.ts';
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
  UnexpectedResponseError,
} from './errors.ts';
export { type ChangedUser, type Refusal, throwIfRefused, UsersRefused } from './outcomes.ts';
export type { RequestOptions } from './transport/options.ts';
export type { TransportOptions } from './transport/transport.ts';
export type { User } from './user.ts';
export type { PlatformProblem } from './wire/index.ts';
