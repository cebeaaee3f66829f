// `npm run bench [part of a workload's name]`: the cost of requests against bare Fastify's. `npm run bench growth`: the cost of requests
// over a large store against an empty one. `npm run bench postgres`: the PostgreSQL store. `npm run bench cluster`: a Citus cluster
// against one PostgreSQL. `npm run bench rules`: messages with auto-block rules against the same without. Only ratios within one run count: machines swing.
import { compareCluster } from './cluster.ts';
import { compareGrowth } from './growth.ts';
import { compareHttp } from './http.ts';
import { comparePostgres } from './postgres.ts';
import { compareRules } from './rules.ts';

const [wanted = ''] = process.argv.slice(2);
if (wanted === 'growth') await compareGrowth();
else if (wanted === 'cluster') await compareCluster();
else if (wanted === 'rules') await compareRules();
else if (wanted === 'postgres') await comparePostgres();
else await compareHttp(wanted);
