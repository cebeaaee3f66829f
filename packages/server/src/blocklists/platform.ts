import type { BlockhouseError } from '@blockhouse/client';
import { platformProblemIn, platformProblems, requestErrors } from '@blockhouse/client/wire';
import type {
  Actor,
  BlockTerms,
  Facts,
  Operation,
  Outcome,
  RefusalText,
  Target,
  WaId,
} from '@blockhouse/engine';
import type { PlatformAnswer } from '../meta-client/attempts.ts';

/** A change of a number's blocklist: who asks, why, and for how long. */
export interface BlocklistCall {
  readonly operation: Operation;
  readonly numberId: string;
  readonly actor: Actor;
  /** Why, and until when; nothing is said when left out. */
  readonly terms?: BlockTerms;
  /** The treatment of users outside the window; by default they are refused. */
  readonly whenClosed?: 'refuse' | 'standing';
  /** How long the caller waits for it, in milliseconds, where somebody else has to be asked; the configuration's time when left out. */
  readonly deadlineMs?: number;
  /** The version of the Graph API that the caller has named; null: it has named none. The configured one when left out. */
  readonly version?: string | null;
  /** Receives the platform's own answer, if one answer covers all users of the call. */
  readonly onAnswer?: (answer: PlatformAnswer) => void;
}

/** Whether a call gives anybody an end, so that something ends by itself at a time that is new. */
export function setsEnd({ terms = {} }: BlocklistCall, targets: readonly Target[]): boolean {
  return [terms, ...targets.map((target) => target.terms)].some((one) => one?.untilMs != null);
}

/** The state of a user at a number. */
export interface UserStatus {
  readonly facts: Facts;
  /** The platform could not be asked: whether the user is blocked there is not known. */
  readonly platformFails: boolean;
  /** The user is on the platform's list under another national spelling of their phone, and under no name that is known to be theirs. */
  readonly isVariant: boolean;
}

/** The platform that enforces a blocklist: Blockhouse itself, or Meta. */
export interface Platform {
  /**
   * Blocks, unblocks, places standing blocks or withdraws them: one outcome per target, in order.
   * @throws PlatformFailure when the platform has refused the request as a whole. Nothing was applied.
   */
  change(call: BlocklistCall, targets: readonly Target[]): Promise<readonly Outcome[]>;
  /** Ends the blocks and standing blocks of a number that are over; answers after how long some have to be tried again, in milliseconds; null: none. */
  expire(numberId: string): Promise<number | null>;
  /** The state of a user at a number. */
  readUser(numberId: string, user: WaId): Promise<UserStatus>;
}

/** A platform has refused a request as a whole, or could not be asked. Nothing was applied. */
export class PlatformFailure extends Error {
  override readonly name = 'PlatformFailure';
  override readonly cause: BlockhouseError;
  /** Its own answer, if it gave one in its own form. */
  readonly answer: { readonly status: number; readonly body: Readonly<Record<string, unknown>> } | null;
  /** That answer as it came; null: it was not asked this time, or gave none in its own form. */
  readonly platformAnswer: PlatformAnswer | null;
  /** When it wants to be asked again. */
  readonly retryAfterMs: number | null;

  constructor(error: BlockhouseError, retryAfterMs: number | null, said: PlatformAnswer | null = null) {
    super(error.message);
    this.cause = error;
    const { status, body } = error;
    const isAnswer = status !== null && error.code !== null;
    this.answer = isAnswer ? { status, body: body as Readonly<Record<string, unknown>> } : null;
    this.platformAnswer = isAnswer && said?.status === status ? said : null;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The outcome of each user of a failed request. */
export function refusalTextOfFailure({ cause, answer }: PlatformFailure): RefusalText {
  const error = answer?.body['error'] as
    | { message?: unknown; error_data?: { details?: unknown } }
    | undefined;
  const details = error?.error_data?.details;
  const problem = error === undefined ? null : platformProblemIn(error);
  const advice = problem === null ? cause.message : platformProblems[problem];
  return {
    code: cause.code ?? requestErrors.internal.code,
    message: typeof error?.message === 'string' ? error.message : requestErrors.internal.title,
    details: typeof details === 'string' ? details : advice,
  };
}
