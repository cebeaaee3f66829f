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
export {
  AuthenticationError,
  BlockhouseError,
  ConnectionError,
  type Failure,
  isAmbiguous,
  ListChangedError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  UnexpectedAnswerError,
} from './errors.ts';
export { type BlockedUser, Page, type PageOptions } from './pages.ts';
export type { RequestOptions } from './request.ts';
export { AmbiguousOutcome, type ChangedUser, type Refusal, UsersRefused } from './results.ts';
export type { User } from './user.ts';
