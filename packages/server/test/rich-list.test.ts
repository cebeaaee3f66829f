// Shows the blocklist with names, dates, and notes: search, sort orders, stable cursors, CSV export, and
// import.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';

const path = `/blockhouse/v1/numbers/${demoNumber}`;
const people = ['Zoe', 'ana', 'Ben', 'Ömer', 'Cem'].map((name, index) => ({
  name,
  waId: String(16_500_000_000 + index * 11),
}));

async function start(t: Parameters<typeof startServer>[0]) {
  const running = await startServer(t);
  const { call } = running;
  const inbound = (who: readonly (typeof people)[number][]) =>
    call('POST', `${path}/inbound`, {
      body: {
        contacts: who.map(({ waId, name }) => ({ wa_id: waId, profile: { name } })),
        messages: who.map(({ waId }) => ({ from: waId })),
      },
    });
  await inbound(people);
  for (const [index, { waId, name }] of people.entries()) {
    const until = index % 2 === 0 ? null : new Date(Date.now() + (9 - index) * 3_600_000).toISOString();
    const headers = {
      'x-blockhouse-source': index === 0 ? 'panel' : 'cli',
      'x-blockhouse-person': encodeURIComponent(name),
    };
    await call('POST', '/blockhouse/v1/blocks', {
      body: { users: [waId], numbers: [demoNumber], note: `note ${index} 100%`, until },
      headers,
    });
  }
  for (let times = 0; times < 3; times++) await inbound(people.slice(times + 1));
  const names = async (query: string) =>
    (await call('GET', `${path}/blocks?${query}`)).body.data.map((row: { name: string }) => row.name);
  return { ...running, names };
}

test('each row has the user, the time, the actor, the source, the note, the expiry, and the dropped messages', async (t) => {
  const { call } = await start(t);
  const { data, total } = (await call('GET', `${path}/blocks`)).body;
  assert.equal(total, 5);
  const { user_id: userId, blocked_at: blockedAt, last_dropped_at: droppedAt, ...row } = data[3];
  assert.deepEqual(row, {
    wa_id: people[3]?.waId,
    name: 'Ömer',
    key: { id: 'key_demo', name: 'Demo' },
    person: 'Ömer',
    source: 'cli',
    note: 'note 3 100%',
    until: row.until,
    dropped: 3,
  });
  assert.match(userId, /^US\.\d+$/);
  assert.ok(blockedAt <= droppedAt && row.until > droppedAt);
  assert.equal(data[0].last_dropped_at, null);
});

test('search and sort', async (t) => {
  const { names, call } = await start(t);
  assert.deepEqual(await names('sort=name'), ['ana', 'Ben', 'Cem', 'Zoe', 'Ömer']);
  assert.deepEqual(await names('sort=-blocked_at'), ['Cem', 'Ömer', 'Ben', 'ana', 'Zoe']);
  assert.deepEqual(await names('sort=-dropped&limit=3'), ['Cem', 'Ömer', 'Ben']);
  assert.deepEqual(await names('sort=until&limit=2'), ['Ömer', 'ana']);
  assert.deepEqual(await names('search=E'), ['Zoe', 'ana', 'Ben', 'Ömer', 'Cem'], 'notes count');
  assert.deepEqual(await names('search=be'), ['Ben']);
  assert.deepEqual(await names('search=note 3 100%25'), ['Ömer']);
  assert.deepEqual(await names(`search=${encodeURIComponent('+1 650 000-0022')}`), ['Ben']);
  assert.deepEqual(await names('search=_'), []);
  assert.deepEqual(await names('search=note 5'), [], 'digits in words are no phone');
  if (process.env['TEST_POSTGRES_URL'] === undefined)
    assert.deepEqual(await names(`search=${encodeURIComponent('ÖMER')}`), ['Ömer']);
  for (const [query, problem] of [
    ['sort=colour', /Param sort must be one of \{blocked_at, -blocked_at, name/],
    ['after=x', /Param after must be a cursor/],
    [`after=${Buffer.from('["abc",5]').toString('base64url')}`, /Param after must be a cursor/],
    [`sort=name&after=${Buffer.from('[1,5]').toString('base64url')}`, /Param after must be a cursor/],
    ['limit=0', /Param limit must be a whole number/],
  ] as const) {
    const { status, body } = await call('GET', `${path}/blocks?${query}`);
    assert.equal(status, 400);
    assert.match(body.error.message, problem);
  }
});

test('a cursor keeps its row when other rows change', async (t) => {
  const { call, unblock } = await start(t);
  const first = (await call('GET', `${path}/blocks?sort=name&limit=2`)).body;
  await unblock(people[1]?.waId ?? '', people[2]?.waId ?? '');
  const second = (await call('GET', `${path}/blocks?sort=name&limit=2&after=${first.paging.after}`)).body;
  assert.deepEqual(
    second.data.map((row: { name: string }) => row.name),
    ['Cem', 'Zoe'],
  );
  const third = (await call('GET', `${path}/blocks?sort=name&limit=2&after=${second.paging.after}`)).body;
  assert.deepEqual([third.data.length, third.paging], [1, {}]);
});

test('a list that was exported as CSV can be imported at another number, with notes and expiries', async (t) => {
  const { call, url, key } = await start(t);
  await call('POST', '/blockhouse/v1/numbers', { body: { id: '77', display_phone_number: '+49 30 123456' } });
  const exported = await fetch(`${url}${path}/blocks`, { headers: { 'x-api-key': key, accept: 'text/csv' } });
  assert.match(exported.headers.get('content-disposition') ?? '', /blocked-106540352242922\.csv/);
  const csv = await exported.text();
  assert.match(csv, /^wa_id,user_id,name,blocked_at,note,until,key,person,source,dropped,last_dropped_at\n/);
  const importTo = (query: string, body: string, type = 'text/csv') =>
    fetch(`${url}/blockhouse/v1/numbers/77/blocks/import${query}`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': type },
      body,
    });
  const imported = (await (await importTo('?when_closed=standing', csv)).json()) as {
    run: { counts: object };
  };
  assert.deepEqual(imported.run.counts, { standing: 5 });
  const standing = (await call('GET', '/blockhouse/v1/numbers/77/standing-blocks')).body.data;
  assert.deepEqual(
    standing.map((row: { note: string; source: string }) => [row.note, row.source]),
    people.map((_, index) => [`note ${index} 100%`, 'import']),
  );
  assert.equal(standing.filter((row: { until: string | null }) => row.until !== null).length, 2);

  const over = await importTo('', 'user,until\n15550100001,2001-01-01T00:00:00Z\n15550100001,\n');
  assert.equal(over.headers.get('x-blockhouse-over'), '1');
  assert.deepEqual(((await over.json()) as { run: { counts: object } }).run.counts, { blocked: 1 });

  for (const [body, problem] of [
    ['name,city\nAna,Paris\n', /Choose the column of users: 1 "name" .*query parameter "column"/],
    ['user,until\n16505551234,soon\n', /until in line 2 must be a time/],
    ['user,note\n16505551234\n', /The CSV cannot be read/],
    ['user,note\n\n16505551234,x\n\n,y\n', /Line 5 names no user/],
  ] as const) {
    const wrong = await importTo('', body);
    assert.equal(wrong.status, 400);
    assert.match(((await wrong.json()) as { error: { message: string } }).error.message, problem);
  }
  assert.equal((await importTo('', '{}', 'application/json')).status, 415);
});

test('a note that begins like a formula is exported as text, and imported unchanged', async (t) => {
  const { call, url, key } = await startServer(t);
  const note = '=HYPERLINK("http://evil/","click")';
  await call('POST', '/blockhouse/v1/blocks', { body: { users: ['15550100001'], numbers: ['*'], note } });
  const csv = await (
    await fetch(`${url}${path}/blocks`, { headers: { 'x-api-key': key, accept: 'text/csv' } })
  ).text();
  assert.ok(csv.includes('"\'=HYPERLINK('), csv);
  await call('POST', '/blockhouse/v1/numbers', { body: { id: '77', display_phone_number: '+49 30 123456' } });
  await fetch(`${url}/blockhouse/v1/numbers/77/blocks/import`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'text/csv' },
    body: csv,
  });
  assert.equal((await call('GET', '/blockhouse/v1/numbers/77/blocks')).body.data[0].note, note);
});
