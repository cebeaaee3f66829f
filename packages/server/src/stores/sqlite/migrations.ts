/**
 * The schema, as numbered steps that only go forward. A step that has been released is never edited.
 *
 * `number_key` is a small integer that stands for the phone number ID, and `wa_id` is an integer: keys of fixed,
 * small size are what make a lookup on the path of every message cheap.
 */
export const migrations: readonly string[] = [
  `
  create table numbers (
    number_key integer primary key autoincrement,  -- never given out twice
    id text not null unique,
    wa_id integer not null,
    display_phone_number text not null,
    verified_name text not null,
    waba_id text not null,
    portfolio_id text not null,
    created_at_ms integer not null,
    list_version integer not null,  -- microseconds since 1970
    list_size integer not null,
    list_end integer not null,      -- the position that the next block takes
    activity_end integer not null   -- the entry that the next activity takes
  ) strict;

  create table windows (
    number_key integer not null,
    wa_id integer not null,
    last_inbound_ms integer,
    dropped integer not null default 0,
    last_dropped_ms integer,
    ticks integer not null,
    primary key (number_key, wa_id)
  ) strict, without rowid;

  create table blocks (
    number_key integer not null,
    position integer not null,
    wa_id integer not null,
    blocked_at_ms integer not null,
    key_id text not null,
    primary key (number_key, position)
  ) strict, without rowid;

  create unique index blocks_by_user on blocks (number_key, wa_id);

  create table activity (
    number_key integer not null,
    entry integer not null,
    at_ms integer not null,
    operation text not null,
    wa_id integer,
    input text not null,
    outcome text not null,
    key_id text not null,
    primary key (number_key, entry)
  ) strict, without rowid;

  create table users (
    wa_id integer primary key,
    kind text not null,
    name text,
    username text,
    phone_hidden integer not null
  ) strict;

  create table keys (
    id text primary key,
    hash text not null unique,
    name text not null,
    role text not null,
    numbers text not null,          -- '*' or a JSON array of phone number IDs
    created_at_ms integer not null,
    expires_at_ms integer
  ) strict, without rowid;

  create table settings (
    name text primary key,
    value text not null
  ) strict, without rowid;
  `,
  `
  alter table numbers add column webhook text;                       -- JSON, or null
  alter table numbers add column outbox_end integer not null default 1; -- the entry that the next webhook takes

  create table webhooks (
    number_key integer not null,
    entry integer not null,
    wa_id integer not null,
    message_id text,
    body text not null,
    created_at_ms integer not null,
    state text not null,
    due_at_ms integer,              -- null: done with, or behind another one of the same user
    settled_at_ms integer,
    attempt_count integer not null,
    attempts text not null,         -- JSON, the latest
    primary key (number_key, entry)
  ) strict, without rowid;

  create index webhooks_due on webhooks (number_key, due_at_ms) where due_at_ms is not null;
  create index webhooks_waiting on webhooks (number_key, wa_id, entry) where state = 'waiting';
  create index webhooks_by_message on webhooks (number_key, message_id, created_at_ms);
  create index webhooks_settled on webhooks (number_key, settled_at_ms) where settled_at_ms is not null;
  `,
  `
  alter table blocks add column person text;
  alter table blocks add column source text not null default 'api';
  alter table blocks add column note text;
  alter table blocks add column until_ms integer;
  alter table blocks add column dropped_before integer not null default 0;
  create index blocks_until on blocks (number_key, until_ms) where until_ms is not null;

  alter table windows add column name text;

  create table activity_by_time (
    number_key integer not null,
    at_ms integer not null,
    entry integer not null,
    operation text not null,
    wa_id integer,
    input text not null,
    outcome text not null,
    key_id text not null,
    person text,
    source text not null,
    note text,
    primary key (number_key, at_ms, entry)
  ) strict, without rowid;
  insert into activity_by_time
    select number_key, at_ms, entry, operation, wa_id, input, outcome, key_id, null, 'api', null from activity;
  drop table activity;
  alter table activity_by_time rename to activity;

  create table standing (
    number_key integer not null,
    wa_id integer not null,
    placed_at_ms integer not null,
    key_id text not null,
    person text,
    source text not null,
    note text,
    until_ms integer,
    primary key (number_key, wa_id)
  ) strict, without rowid;
  create index standing_until on standing (number_key, until_ms) where until_ms is not null;

  create table traffic (
    number_key integer not null,
    hour_ms integer not null,
    admitted integer not null,
    dropped integer not null,
    primary key (number_key, hour_ms)
  ) strict, without rowid;

  create table records (
    name text primary key,
    value text not null,
    until_ms integer not null
  ) strict, without rowid;
  create index records_until on records (until_ms);
  `,
  `
  alter table numbers add column upstream text;                      -- JSON, or null
  `,
  `
  -- Numbers that are gone, and whose rows go some at a time.
  create table removed_numbers (
    number_key integer primary key
  ) strict;

  create index activity_by_user on activity (number_key, wa_id, at_ms, entry);
  create index activity_by_key on activity (number_key, key_id, at_ms, entry);
  create index webhooks_tried on webhooks (number_key, wa_id, entry) where attempt_count > 0;
  `,
  `
  create table user_names (
    directory text not null,        -- 'local', or 'cloud ' and a portfolio
    name text not null,             -- digits of a phone, a business-scoped user ID, or a username behind '@'
    kind text not null,
    user_key integer not null,      -- the wa_id under which everything about the user is kept
    since_ms integer not null,
    until_ms integer,               -- null: in use
    primary key (directory, name)
  ) strict, without rowid;
  create index user_names_by_user on user_names (directory, user_key);

  -- What Meta has told of users was kept as records 'user <portfolio> <ID>'. The ID is behind the last space.
  insert into user_names
    select 'cloud ' || substr(name, 6, length(name) - 6 - length(user_id)), user_id, 'user_id', value ->> 'waId', 0, null
      from (select name, value, replace(name, rtrim(name, replace(name, ' ', '')), '') as user_id
              from records where name like 'user %' and json_valid(value) and json_type(value) = 'object');
  insert or ignore into user_names
    select 'cloud ' || substr(name, 6, length(name) - 6 - length(user_id)), value ->> 'phone', 'wa_id', value ->> 'waId', 0, null
      from (select name, value, replace(name, rtrim(name, replace(name, ' ', '')), '') as user_id
              from records where name like 'user %' and json_valid(value) and json_type(value) = 'object')
     where value ->> 'phone' is not null;
  delete from records where name like 'user %';

  -- Phones that have another spelling: who has written goes by their wa_id, others as they were typed.
  insert or ignore into user_names
    select iif(n.upstream is null, 'local', 'cloud ' || n.portfolio_id), w.wa_id, 'wa_id', w.wa_id, 0, null
      from windows w join numbers n on n.number_key = w.number_key
     where w.last_inbound_ms is not null and w.wa_id < 1000000000000000
       and (substr(w.wa_id, 1, 2) in ('52', '54', '55') or substr(w.wa_id, 1, 3) in ('225', '229'));
  insert or ignore into user_names
    select iif(n.upstream is null, 'local', 'cloud ' || n.portfolio_id), k.wa_id, 'input', k.wa_id, 0, null
      from (select number_key, wa_id from blocks union select number_key, wa_id from standing) k
      join numbers n on n.number_key = k.number_key
     where k.wa_id < 1000000000000000
       and (substr(k.wa_id, 1, 2) in ('52', '54', '55') or substr(k.wa_id, 1, 3) in ('225', '229'));
  `,
  `
  -- What was kept in one table of records, by names such as 'session <hash>', gets a table for each kind.
  create table messages (
    number_key integer not null,
    message_id text not null,
    at_ms integer not null,
    callback_data text,
    until_ms integer not null,
    primary key (number_key, message_id)
  ) strict, without rowid;
  create index messages_until on messages (number_key, until_ms);

  create table meta_webhooks (
    number_key integer primary key,
    last_at_ms integer not null
  ) strict;

  create table sessions (
    token_hash text primary key,
    key_hash text not null,
    person text,
    number_id text,
    expires_at_ms integer not null
  ) strict, without rowid;
  create index sessions_until on sessions (expires_at_ms);

  create table bulk_runs (
    key_id text not null,
    id text not null,
    record text not null,           -- JSON
    until_ms integer not null,
    primary key (key_id, id)
  ) strict, without rowid;
  create index bulk_runs_until on bulk_runs (until_ms);

  create table bulk_results (
    key_id text not null,
    id text not null,
    chunk integer not null,
    results text not null,          -- JSON
    until_ms integer not null,
    primary key (key_id, id, chunk)
  ) strict, without rowid;
  create index bulk_results_until on bulk_results (until_ms);

  -- One row, written to find out whether the disk takes writes.
  create table write_checks (
    id integer primary key,
    content blob not null
  ) strict;

  -- A record that names a number: '<kind> <number> <ID>'.
  create temp view numbered_records as
    select substr(r.name, 1, instr(r.name, ' ') - 1) as kind, n.number_key,
           substr(r.name, instr(r.name, ' ') + length(n.id) + 2) as rest, r.value, r.until_ms
      from records r join numbers n
        on r.name like 'told ' || n.id || ' %' or r.name like 'callback ' || n.id || ' %' or r.name = 'webhook ' || n.id;
  insert into messages
    select number_key, rest, until_ms - 86400000, null, until_ms from numbered_records where kind = 'told';
  insert or ignore into messages
    select number_key, rest, until_ms - 604800000, value, until_ms from numbered_records where kind = 'callback';
  insert into meta_webhooks select number_key, value from numbered_records where kind = 'webhook';
  drop view numbered_records;

  insert into sessions
    select substr(name, 9), value ->> 'keyHash', value ->> 'person', value ->> 'number', value ->> 'expiresAtMs'
      from records where name like 'session %' and json_valid(value) and json_type(value) = 'object';

  -- A run is 'run <key> <ID>', and its results are 'run <key> <ID> <chunk>'.
  create temp view named_runs as
    select substr(rest, 1, instr(rest, ' ') - 1) as key_id, substr(rest, instr(rest, ' ') + 1) as tail, value, until_ms
      from (select substr(name, 5) as rest, value, until_ms from records where name like 'run % %');
  insert into bulk_runs select key_id, tail, value, until_ms from named_runs where instr(tail, ' ') = 0;
  insert into bulk_results
    select key_id, substr(tail, 1, instr(tail, ' ') - 1), substr(tail, instr(tail, ' ') + 1), value, until_ms
      from named_runs where instr(tail, ' ') > 0;
  drop view named_runs;
  drop table records;
  `,
  `
  -- When the business last wrote, and from when on the user is known to it. Null: not known; whoever wrote before this
  -- step is known from their last message on.
  alter table windows add column last_outbound_ms integer;
  alter table windows add column known_from_ms integer;

  alter table traffic add column held integer not null default 0;

  -- Why a person has to look at a message: 'held', 'kept' or 'flagged', by which rule; null: nobody has to.
  alter table webhooks add column rule_id text;
  alter table webhooks add column review text;
  create index webhooks_review on webhooks (number_key, entry) where review is not null;

  -- How often auto-block rules matched, and acted, by the hour.
  create table rule_counts (
    number_key integer not null,
    hour_ms integer not null,
    rule_id text not null,
    matched integer not null,
    acted integer not null,
    primary key (number_key, hour_ms, rule_id)
  ) strict, without rowid;
  `,
  `
  -- Contents of messages that came in, encrypted, some at a time. They are kept to try auto-block rules on.
  create table kept_messages (
    number_key integer not null,
    at_ms integer not null,
    batch text not null,
    messages integer not null,
    encrypted text not null,
    primary key (number_key, at_ms, batch)
  ) strict;
  `,
];
