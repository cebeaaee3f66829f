// Shows that the SQLite store does what every store must, in memory and in a file.
import { join } from 'node:path';
import { after } from 'node:test';
import { tempFolder } from '../../../../tools/temp-folder.ts';
import { openSqliteStore } from '../../src/stores/sqlite/store.ts';
import { storeSuite } from './store-suite.ts';

const folder = tempFolder({ after });
let files = 0;

storeSuite({ name: 'sqlite in memory', open: async () => openSqliteStore(':memory:') });
storeSuite({ name: 'sqlite file', open: async () => openSqliteStore(join(folder, `${files++}.db`)) });
