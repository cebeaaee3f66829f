import type { Metric, MetricValue, MetricValueWithName, Registry } from 'prom-client';

/** The upper bounds of the histogram's buckets, in seconds. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** The counts of one route. */
interface RouteCounts {
  readonly byMethod: Map<string, Map<number, number>>;
  /** Requests by the bucket that they fall into; the last one has no bound. */
  readonly buckets: number[];
  seconds: number;
}

/**
 * Counts requests as plain numbers, and makes metrics of them only when they are read. A counter of prom-client looks
 * up its labels at each request, which costs a twentieth of a short one.
 */
export class RequestMetrics {
  readonly #routes = new Map<string, RouteCounts>();

  constructor(registry: Registry) {
    register(
      registry,
      {
        name: 'blockhouse_http_requests_total',
        help: 'HTTP requests answered, by method, route and status.',
        type: 'counter',
        labelNames: ['method', 'route', 'status'],
      },
      () => this.#requests(),
    );
    register(
      registry,
      {
        name: 'blockhouse_http_request_seconds',
        help: 'Time from a request to its answer, in seconds, by route.',
        type: 'histogram',
        labelNames: ['route'],
      },
      () => this.#seconds(),
    );
  }

  record(route: string, method: string, { status, seconds }: { status: number; seconds: number }): void {
    let counts = this.#routes.get(route);
    if (counts === undefined) {
      counts = { byMethod: new Map(), buckets: Array(bounds.length + 1).fill(0), seconds: 0 };
      this.#routes.set(route, counts);
    }
    let byStatus = counts.byMethod.get(method);
    if (byStatus === undefined) {
      byStatus = new Map();
      counts.byMethod.set(method, byStatus);
    }
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    const found = bounds.findIndex((bound) => seconds <= bound);
    const bucket = found === -1 ? bounds.length : found;
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1;
    counts.seconds += seconds;
  }

  #requests(): MetricValue<string>[] {
    return [...this.#routes].flatMap(([route, { byMethod }]) =>
      [...byMethod].flatMap(([method, byStatus]) =>
        [...byStatus].map(([status, value]) => ({ labels: { method, route, status }, value })),
      ),
    );
  }

  #seconds(): MetricValueWithName<string>[] {
    return [...this.#routes].flatMap(([route, { buckets, seconds }]) => {
      let count = 0;
      const cumulative = buckets.map((value, index) => {
        count += value;
        const labels = { le: bounds[index] ?? '+Inf', route };
        return { metricName: 'blockhouse_http_request_seconds_bucket', labels, value: count };
      });
      return [
        ...cumulative,
        { metricName: 'blockhouse_http_request_seconds_sum', labels: { route }, value: seconds },
        { metricName: 'blockhouse_http_request_seconds_count', labels: { route }, value: count },
      ];
    });
  }
}

/** A metric as the registry and the documentation read it. */
interface RequestMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly labelNames: readonly string[];
}

/** Registers a metric whose values are made when it is read. */
function register(registry: Registry, metric: RequestMetric, values: () => MetricValue<string>[]): void {
  const { name, help, type } = metric;
  const get = async () => ({ name, help, type, aggregator: 'sum', values: values() });
  registry.registerMetric({ ...metric, get } as unknown as Metric);
}
