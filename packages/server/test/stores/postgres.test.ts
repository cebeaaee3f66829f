// Shows that the PostgreSQL store does what every store must.
import { openFresh, postgres } from './postgres.ts';
import { storeSuite } from './store-suite.ts';

await postgres();
storeSuite({ name: 'postgres', open: () => openFresh() });
