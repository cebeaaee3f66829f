// Shows that servers that use different nodes of a cluster see one store, and take turns where they have to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { change, numberRecord, startMs, write } from '../stores/store-suite.ts';
import { distributedSchema, nodes, withoutCluster } from './cluster.ts';

test('servers at different nodes share numbers, blocks, settings and sessions', {
  skip: withoutCluster,
}, async (t) => {
  const { schema } = await distributedSchema();
  const urls = (await nodes()).map(({ url }) => url);
  assert.ok(urls.length >= 3, 'a coordinator and two workers');
  const stores = await Promise.all(urls.map((url) => openPostgresStore({ url, schema, connectionsMax: 4 })));
  t.after(() => Promise.all(stores.map((store) => store.close())));
  const at = (index: number) => {
    const store = stores[index % stores.length];
    assert.ok(store);
    return store;
  };
  const ids = Array.from({ length: 6 }, (_, index) => String(9000 + index));
  for (const [index, id] of ids.entries())
    await at(index).changeNumbers(() => ({ put: numberRecord({ id, waId: 15_550_000_000 + index }) }));
  assert.deepEqual(
    (await at(1).numbers()).map(({ id }) => id),
    ids,
  );
  const [ana, ben] = [16505551234, 16505551235];
  for (const [index, id] of ids.entries()) {
    await write(at(index), id, [ana, ben], startMs);
    await change(at(index + 1), id, 'block', [ana], startMs + 1);
    const { size, rows } = await at(index + 2).rows(id, { start: 0, count: 10, seek: null });
    assert.deepEqual([size, rows.map(({ waId }) => waId)], [1, [ana]]);
  }

  const count = (index: number) =>
    at(index).changeSetting('count', (before) => String(Number(before ?? 0) + 1));
  await Promise.all(Array.from({ length: 60 }, (_, index) => count(index)));
  assert.equal(await at(1).setting('count'), '60');

  const session = { tokenHash: 'a', keyHash: 'k', person: null, numberId: null, expiresAtMs: startMs };
  await at(1).sessions.add(session, startMs - 1);
  assert.deepEqual(await at(2).sessions.find('a'), session);
});
