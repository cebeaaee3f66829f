// Shows that the naive model, which judges the real stores, passes the suite itself.
import { ModelStore } from './model-store.ts';
import { storeSuite } from './store-suite.ts';

storeSuite({ name: 'model', open: async () => new ModelStore() });
