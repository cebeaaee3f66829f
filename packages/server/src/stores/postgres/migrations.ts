/**
 * The schema, as numbered steps that only go forward. A step that has been released is never edited.
 *
 * Tables of a number begin their keys with `phone_number_id`, so that they can be distributed by it. `numbers`,
 * `users`, `keys`, `settings` and `workers` are small, read from everywhere, and become reference tables.
 */
export const migrations: readonly string[] = [
  `
  create table numbers (
    phone_number_id text primary key,
    made bigint generated always as identity,  -- never given out twice
    wa_id bigint not null,
    display_phone_number text not null,
    verified_name text not null,
    waba_id text not null,
    portfolio_id text not null,
    created_at_ms bigint not null,
    webhook text                               -- JSON, or null
  );
  create index numbers_by_wa_id on numbers (wa_id);

  -- Where a number's lists stand. Its row is what a change locks, and what it writes last.
  create table lists (
    phone_number_id text primary key,
    version bigint not null,                   -- microseconds since 1970
    size integer not null,
    list_end bigint not null,                  -- the position that the next block takes
    activity_end bigint not null,              -- the entry that the next activity takes
    outbox_end bigint not null,                -- the entry that the next webhook takes
    marks jsonb not null default '{}'          -- per process, the last batch that it has committed here
  ) with (fillfactor = 50);

  create table windows (
    phone_number_id text not null,
    wa_id bigint not null,
    last_inbound_ms bigint,
    dropped bigint not null default 0,
    last_dropped_ms bigint,
    ticks smallint not null,
    primary key (phone_number_id, wa_id)
  ) with (fillfactor = 80);

  create table blocks (
    phone_number_id text not null,
    position bigint not null,
    wa_id bigint not null,
    blocked_at_ms bigint not null,
    key_id text not null,
    primary key (phone_number_id, position),
    unique (phone_number_id, wa_id)
  );

  create table activity (
    phone_number_id text not null,
    entry bigint not null,
    at_ms bigint not null,
    operation text not null,
    wa_id bigint,
    input text not null,
    outcome text not null,
    key_id text not null,
    primary key (phone_number_id, entry)
  );

  create table webhooks (
    phone_number_id text not null,
    entry bigint not null,
    wa_id bigint not null,
    message_id text,
    body text not null,
    created_at_ms bigint not null,
    state text not null,
    due_at_ms bigint,                          -- null: done with, or behind another one of the same user
    settled_at_ms bigint,
    attempt_count integer not null,
    attempts text not null,                    -- JSON, the latest
    worker text,                               -- the process that delivers it now
    primary key (phone_number_id, entry)
  );
  create index webhooks_due on webhooks (phone_number_id, due_at_ms, entry) where due_at_ms is not null;
  create index webhooks_waiting on webhooks (phone_number_id, wa_id, entry) where state = 'waiting';
  create index webhooks_by_message on webhooks (phone_number_id, message_id, created_at_ms);
  create index webhooks_settled on webhooks (phone_number_id, settled_at_ms) where settled_at_ms is not null;

  -- A rate is forgotten within a second, so it need not survive a crash.
  create unlogged table buckets (
    phone_number_id text not null,
    key_id text not null,
    empty_at_ms double precision not null,
    primary key (phone_number_id, key_id)
  ) with (fillfactor = 50);

  create table users (
    wa_id bigint primary key,
    kind text not null,
    name text,
    username text,
    phone_hidden boolean not null
  );

  create table keys (
    id text primary key,
    made bigint generated always as identity,
    hash text not null unique,
    name text not null,
    role text not null,
    numbers text not null,                     -- '*' or a JSON array of phone number IDs
    created_at_ms bigint not null,
    expires_at_ms bigint
  );

  create table settings (
    name text primary key,
    value text not null
  );

  -- The processes that work on this store; who has not said so for a while is taken for dead.
  create table workers (
    id text primary key,
    alive_until timestamptz not null
  );
  `,
  `
  alter table blocks add column person text;
  alter table blocks add column source text not null default 'api';
  alter table blocks add column note text;
  alter table blocks add column until_ms bigint;
  alter table blocks add column dropped_before bigint not null default 0;
  create index blocks_until on blocks (phone_number_id, until_ms) where until_ms is not null;

  alter table windows add column name text;

  alter table activity add column person text;
  alter table activity add column source text not null default 'api';
  alter table activity add column note text;
  alter table activity drop constraint activity_pkey;
  alter table activity add primary key (phone_number_id, at_ms, entry);

  create table standing (
    phone_number_id text not null,
    wa_id bigint not null,
    placed_at_ms bigint not null,
    key_id text not null,
    person text,
    source text not null,
    note text,
    until_ms bigint,
    primary key (phone_number_id, wa_id)
  );
  create index standing_until on standing (phone_number_id, until_ms) where until_ms is not null;

  create table traffic (
    phone_number_id text not null,
    hour_ms bigint not null,
    admitted bigint not null,
    dropped bigint not null,
    primary key (phone_number_id, hour_ms)
  ) with (fillfactor = 80);

  create table records (
    name text primary key,
    value text not null,
    until_ms bigint not null
  );
  create index records_until on records (until_ms);
  `,
  `
  alter table numbers add column upstream text;                -- JSON, or null
  `,
  `
  -- The number does not come first, so that no plan takes these for a way to all of its activity.
  create index activity_by_user on activity (wa_id, phone_number_id, at_ms, entry);
  create index activity_by_key on activity (key_id, phone_number_id, at_ms, entry);
  create index webhooks_tried on webhooks (phone_number_id, wa_id, entry) where attempt_count > 0;
  `,
  `
  create table user_names (
    directory text not null,                   -- 'local', or 'cloud ' and a portfolio
    name text not null,                        -- digits of a phone, a business-scoped user ID, or a username behind '@'
    kind text not null,
    user_key bigint not null,                  -- the wa_id under which everything about the user is kept
    since_ms bigint not null,
    until_ms bigint,                           -- null: in use
    primary key (directory, name)
  );
  create index user_names_by_user on user_names (directory, user_key);

  -- What Meta has told of users was kept as records 'user <portfolio> <ID>'. The ID is behind the last space.
  insert into user_names
    select 'cloud ' || substring(name from '^user (.*) [^ ]+$'), substring(name from '[^ ]+$'), 'user_id',
           (value::json ->> 'waId')::bigint, 0, null
      from records where name like 'user %' and value like '{%' on conflict do nothing;
  insert into user_names
    select 'cloud ' || substring(name from '^user (.*) [^ ]+$'), value::json ->> 'phone', 'wa_id',
           (value::json ->> 'waId')::bigint, 0, null
      from records where name like 'user %' and value like '{%' and value::json ->> 'phone' is not null
      on conflict do nothing;
  delete from records where name like 'user %';

  -- Phones that have another spelling: who has written goes by their wa_id, others as they were typed.
  insert into user_names
    select case when n.upstream is null then 'local' else 'cloud ' || n.portfolio_id end, w.wa_id::text, 'wa_id', w.wa_id,
           0, null
      from windows w join numbers n on n.phone_number_id = w.phone_number_id
     where w.last_inbound_ms is not null and w.wa_id < 1000000000000000 and w.wa_id::text ~ '^(52|54|55|225|229)'
      on conflict do nothing;
  insert into user_names
    select case when n.upstream is null then 'local' else 'cloud ' || n.portfolio_id end, k.wa_id::text, 'input', k.wa_id,
           0, null
      from (select phone_number_id, wa_id from blocks union select phone_number_id, wa_id from standing) k
      join numbers n on n.phone_number_id = k.phone_number_id
     where k.wa_id < 1000000000000000 and k.wa_id::text ~ '^(52|54|55|225|229)' on conflict do nothing;
  `,
  `
  -- What was kept in one table of records, by names such as 'session <hash>', gets a table for each kind.
  create table messages (
    phone_number_id text not null,
    message_id text not null,
    at_ms bigint not null,
    callback_data text,
    until_ms bigint not null,
    primary key (phone_number_id, message_id)
  );
  create index messages_until on messages (phone_number_id, until_ms);

  create table meta_webhooks (
    phone_number_id text primary key,
    last_at_ms bigint not null
  );

  create table sessions (
    token_hash text primary key,
    key_hash text not null,
    person text,
    number_id text,
    expires_at_ms bigint not null
  );
  create index sessions_until on sessions (expires_at_ms);

  create table bulk_runs (
    key_id text not null,
    id text not null,
    record text not null,                      -- JSON
    until_ms bigint not null,
    primary key (key_id, id)
  );
  create index bulk_runs_until on bulk_runs (until_ms);

  create table bulk_results (
    key_id text not null,
    id text not null,
    chunk integer not null,
    results text not null,                     -- JSON
    until_ms bigint not null,
    primary key (key_id, id, chunk)
  );
  create index bulk_results_until on bulk_results (until_ms);

  -- A record that names a number: '<kind> <number> <ID>'.
  insert into messages
    select n.phone_number_id, substring(r.name from length(n.phone_number_id) + 7), r.until_ms - 86400000, null, r.until_ms
      from records r join numbers n on starts_with(r.name, 'told ' || n.phone_number_id || ' ');
  insert into messages
    select n.phone_number_id, substring(r.name from length(n.phone_number_id) + 11), r.until_ms - 604800000, r.value,
           r.until_ms
      from records r join numbers n on starts_with(r.name, 'callback ' || n.phone_number_id || ' ')
      on conflict do nothing;
  insert into meta_webhooks
    select n.phone_number_id, r.value::bigint from records r join numbers n on r.name = 'webhook ' || n.phone_number_id;

  insert into sessions
    select substring(name from 9), value::json ->> 'keyHash', value::json ->> 'person', value::json ->> 'number',
           (value::json ->> 'expiresAtMs')::bigint
      from records where name like 'session %' and value like '{%';

  -- A run is 'run <key> <ID>', and its results are 'run <key> <ID> <chunk>'.
  insert into bulk_runs
    select split_part(name, ' ', 2), split_part(name, ' ', 3), value, until_ms
      from records where name ~ '^run [^ ]+ [^ ]+$';
  insert into bulk_results
    select split_part(name, ' ', 2), split_part(name, ' ', 3), split_part(name, ' ', 4)::integer, value, until_ms
      from records where name ~ '^run [^ ]+ [^ ]+ [0-9]+$';
  drop table records;
  `,
  `
  -- How many numbers were ever made. A sequence would count in other ranges on other nodes of a cluster.
  create table counters (
    name text primary key,
    value bigint not null
  );

  -- Changes of what belongs to no number lock one of these rows, by a hash of what they change. An advisory lock would
  -- only hold on one node of a cluster.
  create table locks (
    id integer primary key
  );
  insert into locks select generate_series(0, 63);

  insert into counters
    select 'numbers', coalesce((select last_value from pg_sequences
                                 where schemaname = current_schema() and sequencename = 'numbers_made_seq'), 0);
  `,
  `
  -- When the business last wrote, and from when on the user is known to it. Null: not known; whoever wrote before this
  -- step is known from their last message on.
  alter table windows add column last_outbound_ms bigint;
  alter table windows add column known_from_ms bigint;

  alter table traffic add column held bigint not null default 0;

  -- Why a person has to look at a message: 'held', 'kept' or 'flagged', by which rule; null: nobody has to.
  alter table webhooks add column rule_id text;
  alter table webhooks add column review text;
  create index webhooks_review on webhooks (phone_number_id, entry) where review is not null;

  -- How often auto-block rules matched, and acted, by the hour.
  create table rule_counts (
    phone_number_id text not null,
    hour_ms bigint not null,
    rule_id text not null,
    matched bigint not null,
    acted bigint not null,
    primary key (phone_number_id, hour_ms, rule_id)
  ) with (fillfactor = 80);
  `,
  `
  -- Contents of messages that came in, encrypted, some at a time. They are kept to try auto-block rules on.
  create table kept_messages (
    phone_number_id text not null,
    at_ms bigint not null,
    batch text not null,
    messages bigint not null,
    encrypted text not null,
    primary key (phone_number_id, at_ms, batch)
  );
  `,
];
