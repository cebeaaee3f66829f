// Shows that a store that is distributed over a Citus cluster does what every store must.
import { test } from 'node:test';
import { storeSuite } from '../stores/store-suite.ts';
import { openDistributed, withoutCluster } from './cluster.ts';

if (withoutCluster === false) storeSuite({ name: 'cluster', open: () => openDistributed() });
else test('the store on a cluster', { skip: withoutCluster }, () => {});
