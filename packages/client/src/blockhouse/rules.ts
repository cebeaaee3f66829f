import { type RequestOptions, withoutRetries } from '../transport/options.ts';
import type { Api } from './api.ts';
import { hasCounts, hasTexts, isList } from './responses.ts';

/** Texts that a message or a name is searched for; it matches when one of them is found. */
export interface TextCondition {
  readonly words?: readonly string[];
  readonly phrases?: readonly string[];
  /** Regular expressions of RE2. */
  readonly patterns?: readonly string[];
}

/** The conditions of an auto-block rule; all that are stated must hold. Spans are texts such as `10m` or `30d`. */
export interface RuleConditions {
  readonly country?: { readonly in?: readonly string[]; readonly not_in?: readonly string[] };
  readonly sender?: 'new';
  readonly no_message_to_them_within?: string;
  readonly rate?: { readonly over: number; readonly within: string; readonly of: 'sender' | 'new_senders' };
  readonly same_content?: { readonly over_senders: number; readonly within: string };
  readonly text?: TextCondition;
  readonly link?: { readonly domains?: readonly string[] };
  readonly forwarded_many_times?: true;
  readonly message_type?: readonly string[];
  readonly name?: TextCondition;
  readonly user?: readonly number[];
  readonly blocked_on_another_number?: true;
  readonly unblocked_within?: string;
}

export type RuleAction =
  | {
      readonly type: 'block';
      readonly for?: string;
      readonly note?: string;
      /** Shows the message for review. */
      readonly keep_message?: boolean;
      /** Blocks the sender on all numbers; where they have not written, with a standing block. */
      readonly numbers?: '*';
    }
  | { readonly type: 'hold' }
  | { readonly type: 'flag' };

/**
 * An auto-block rule as it is written. The names of its fields are those of the API, because the same rule is kept in
 * files.
 */
export interface RuleDocument {
  readonly name: string;
  /** `observe` by default: the rule counts what it would do. */
  readonly mode?: 'off' | 'observe' | 'enforce';
  readonly order?: number;
  /** `phone_number_id`s, or `*` (the default) for all. */
  readonly numbers?: readonly string[] | '*';
  readonly when: RuleConditions;
  readonly action: RuleAction;
  readonly includes_customers?: boolean;
  readonly blocks_per_hour?: number;
  /** Sends the webhook `blockhouse.rule_matched`, for each number and effect at most once an hour. */
  readonly notify?: boolean;
}

/** An auto-block rule of the server. */
export interface Rule extends Required<RuleDocument> {
  readonly id: string;
  readonly version: number;
  /** ISO 8601. */
  readonly changed_at: string;
  /** Messages that the rule matched, and those that it blocked, held, or flagged. */
  readonly last_24_hours: { readonly matched: number; readonly acted: number };
}

/** All rules of an installation, as a file has them. */
export interface RulesDocument {
  readonly rules: readonly RuleDocument[];
  /** For how many days after their last contact users count as customers. */
  readonly customer_days?: number;
  /** Keeps existing rules that are not named, instead of removing them. */
  readonly keep_others?: boolean;
  /** Turns rules on although they would match many known users. Without it, the server refuses with status 409. */
  readonly confirm?: boolean;
}

/** Settings of all rules. */
export interface RuleSettings {
  /** For how many days after their last contact users count as customers. */
  readonly customer_days: number;
  /** A span such as `168h`; null: the server keeps no messages that rules could be tried on. */
  readonly messages_kept_for: string | null;
}

/** Turns a rule on although it would match many known users. Without it, the server refuses with status 409. */
interface Confirmation {
  readonly confirm?: boolean;
}

/** The effect that a rule would have had on messages of the past. */
export interface Replay {
  /** Messages to your numbers on which the rule was tried. */
  readonly messages: number;
  /** Messages that the rule would have matched. */
  readonly matched: number;
  /** Later messages of users whom the rule would have blocked. */
  readonly dropped: number;
  /** Users whom the rule would have matched. */
  readonly users: number;
  /** Those of them who are known to you. */
  readonly known_users: number;
  /** The first messages that the rule would have matched, as Meta writes them. */
  readonly samples: readonly {
    readonly number: string;
    readonly wa_id: string;
    /** ISO 8601. */
    readonly at: string;
    readonly message: unknown;
  }[];
}

const path = '/blockhouse/v1/rules';
const allowlistPath = '/blockhouse/v1/allowlist';

/** Auto-block rules. Reading them needs the role `agent`, and all other calls need `admin`. */
export class Rules {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Gets all rules, with their counts of the last 24 hours. */
  async list(options: RequestOptions = {}): Promise<readonly Rule[]> {
    const { data } = (await this.#api.document({ method: 'GET', path }, options, isList)) as { data: Rule[] };
    return data;
  }

  /** Gets the settings of all rules. */
  async settings(options: RequestOptions = {}): Promise<RuleSettings> {
    return (await this.#api.document({ method: 'GET', path }, options, isList)) as RuleSettings;
  }

  /**
   * Replaces all rules. Rules with the name of an existing rule change it, and existing rules that are not named are
   * removed, unless `keep_others` is true. If one rule is wrong, nothing changes.
   */
  async apply(body: RulesDocument, options: RequestOptions = {}): Promise<readonly Rule[]> {
    const call = { method: 'PUT', path, body } as const;
    const { data } = (await this.#api.document(call, options, isList)) as { data: Rule[] };
    return data;
  }

  /**
   * Creates a rule. The call is not retried, because a retry could find the name taken by the rule that an earlier
   * attempt has created.
   */
  async create(rule: RuleDocument & Confirmation, options: RequestOptions = {}): Promise<Rule> {
    const call = { method: 'POST', path, body: rule } as const;
    return (await this.#api.document(call, withoutRetries(options), hasTexts('id', 'name'))) as Rule;
  }

  /** Changes a rule. Fields that are left out stay as they are. @throws NotFoundError */
  async change(
    ruleId: string,
    changes: Partial<RuleDocument> & Confirmation,
    options: RequestOptions = {},
  ): Promise<Rule> {
    const call = { method: 'PATCH', path: pathOf(ruleId), body: changes } as const;
    return (await this.#api.document(call, options, hasTexts('id', 'name'))) as Rule;
  }

  /** Deletes a rule. Its blocks stay; see {@link undo}. @throws NotFoundError */
  async delete(ruleId: string, options: RequestOptions = {}): Promise<void> {
    await this.#api.delete(pathOf(ruleId), options);
  }

  /**
   * Tries a rule on messages of the past, and changes nothing.
   * @param from bodies of webhooks, as Meta sends them, or how far back the messages are tried that the server has
   * kept: a span such as `24h`. Left out: all messages that it has kept.
   * @throws BlockhouseError when the server keeps no messages, and no webhooks were given.
   */
  async replay(
    rule: RuleDocument,
    from: { readonly webhooks: readonly object[] } | { readonly last?: string } = {},
    options: RequestOptions = {},
  ): Promise<Replay> {
    const call = { method: 'POST', path: `${path}/replay`, body: { rule, ...from } } as const;
    const isSuccess = hasCounts('messages', 'matched', 'users', 'known_users');
    return (await this.#api.document(call, options, isSuccess)) as Replay;
  }

  /** Gets the `wa_id`s of the users whom no rule touches. */
  async allowlist(options: RequestOptions = {}): Promise<readonly string[]> {
    return await this.#api.list(allowlistPath, {}, options);
  }

  /** Adds users to the allowlist. @returns the whole list. */
  async allow(users: readonly string[], options: RequestOptions = {}): Promise<readonly string[]> {
    return await this.#changeAllowlist('POST', users, options);
  }

  /** Deletes users from the allowlist. @returns the whole list. */
  async disallow(users: readonly string[], options: RequestOptions = {}): Promise<readonly string[]> {
    return await this.#changeAllowlist('DELETE', users, options);
  }

  async #changeAllowlist(method: 'POST' | 'DELETE', users: readonly string[], options: RequestOptions) {
    const call = { method, path: allowlistPath, body: { users } } as const;
    const { data } = (await this.#api.document(call, options, isList)) as { data: readonly string[] };
    return data;
  }

  /**
   * Unblocks everybody whom a rule has blocked since a time (ISO 8601). The call is not retried: a repetition unblocks
   * whoever is left.
   */
  async undo(
    ruleId: string,
    since: string,
    options: RequestOptions = {},
  ): Promise<{ readonly unblocked: number; readonly failed: number }> {
    const call = {
      method: 'POST',
      path: `${pathOf(ruleId)}/undo`,
      body: { since },
    } as const;
    const isSuccess = hasCounts('unblocked', 'failed');
    return (await this.#api.document(call, withoutRetries(options), isSuccess)) as {
      unblocked: number;
      failed: number;
    };
  }
}

function pathOf(ruleId: string): string {
  return `${path}/${encodeURIComponent(ruleId)}`;
}
