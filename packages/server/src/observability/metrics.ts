import { Counter, Gauge, Registry } from 'prom-client';
import { RequestMetrics } from './request-metrics.ts';

/** The counters of the server, in Prometheus's format. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: RequestMetrics;
  readonly messages: Counter<'outcome'>;
  readonly ruleMatches: Counter<'rule' | 'effect'>;
  readonly users: Counter<'operation' | 'outcome'>;
  readonly metaWebhooks: Counter<'outcome'>;
  readonly webhookAttempts: Counter<'outcome'>;
  readonly metaAnswers: Counter<'about' | 'status'>;
}

/** Each server has a registry of its own, so that two servers in one process do not share counts. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  return {
    registry,
    requests: new RequestMetrics(registry),
    messages: new Counter({
      name: 'blockhouse_inbound_messages_total',
      help: 'Messages of users at the edge, admitted, dropped, or held for review.',
      labelNames: ['outcome'],
      registers,
    }),
    webhookAttempts: new Counter({
      name: 'blockhouse_webhook_attempts_total',
      help: 'Attempts to deliver webhooks to receivers: delivered, waiting for another attempt, or given_up.',
      labelNames: ['outcome'],
      registers,
    }),
    metaWebhooks: new Counter({
      name: 'blockhouse_meta_webhooks_total',
      help: 'Webhooks from Meta: accepted, malformed or not_signed; items about an unknown_number; messages that came late.',
      labelNames: ['outcome'],
      registers,
    }),
    metaAnswers: new Counter({
      name: 'blockhouse_meta_answers_total',
      help: 'Answers of Meta by HTTP status, about blocklists or passed on; status 0: there was none.',
      labelNames: ['about', 'status'],
      registers,
    }),
    ruleMatches: new Counter({
      name: 'blockhouse_rule_matches_total',
      help: 'Messages that an auto-block rule matched, by its ID and what it did: block, hold, flag, observe, or limited.',
      labelNames: ['rule', 'effect'],
      registers,
    }),
    users: new Counter({
      name: 'blockhouse_users_total',
      help: 'Users in block and unblock requests, by outcome: done, unchanged or the reason of the refusal.',
      labelNames: ['operation', 'outcome'],
      registers,
    }),
  };
}
