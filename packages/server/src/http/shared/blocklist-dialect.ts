import type { Outcome, Page, Target } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Services } from '../../services.ts';
import type { RequestError } from './errors.ts';
import type { Payload } from './parameters.ts';

/** An API of `block_users`: how it reads users, and how it renders outcomes and pages of the list. */
export interface BlocklistDialect {
  /** The most users of one request. */
  readonly batchMax: number;
  /** The error of a request with more users. */
  tooManyUsers(count: number): RequestError;
  /** Reads an element of `block_users`. @param path names it in errors, as `block_users[0]` does. @throws RequestError */
  readElement(element: unknown, path: string): NamedUser;

  /** An answer of Meta that covers all users of a request goes to the client as it is. */
  readonly passesAnswers: boolean;
  renderChange(change: BlocklistChange, request: FastifyRequest, reply: FastifyReply): Payload;

  /** The rows of a page if the request does not say; null: the number's platform decides. */
  readonly pageDefault: number | null;
  renderPage(
    page: Page,
    limit: number,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Payload | Promise<Payload>;
  /** The same for a page that Meta has answered. */
  renderLivePage(page: LivePage, request: FastifyRequest, reply: FastifyReply): Payload | Promise<Payload>;
}

/** The text that names a user, and the field that it came in. */
export interface NamedUser {
  readonly input: string;
  readonly field: 'user' | 'user_id';
}

/** The outcomes of the users of a request. */
export interface BlocklistChange {
  readonly operation: 'block' | 'unblock';
  readonly changed: readonly Changed[];
  readonly failed: readonly Failed[];
}

export interface Changed {
  readonly target: Target;
  readonly outcome: Outcome & { readonly done: true };
}

export interface Failed {
  readonly target: Target;
  readonly outcome: Outcome & { readonly done: false };
}

export type LivePage = Awaited<ReturnType<Services['platforms']['cloud']['list']>>;
