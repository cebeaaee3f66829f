/** Every statement of the SQLite store. Parameters are positional, in the order of the columns they stand for. */

export const listStates = 'select number_key, list_version, list_size, list_end, activity_end from numbers';

export const setListState =
  'update numbers set list_version = ?, list_size = ?, list_end = ?, activity_end = ? where number_key = ?';

/** One user's facts: three lookups by primary key or covering index, whatever the size of the tables. */
export const userFacts = `
  select (select kind from users where wa_id = ?2) as kind,
         (select 1 from blocks where number_key = ?1 and wa_id = ?2) as blocked,
         w.last_inbound_ms,
         w.ticks
    from (select 1) left join windows w on w.number_key = ?1 and w.wa_id = ?2`;

export const openWindow = `
  insert into windows (number_key, wa_id, last_inbound_ms, ticks) values (?, ?, ?, 2)
  on conflict do update set last_inbound_ms = excluded.last_inbound_ms, ticks = 2`;

export const countDropped = `
  insert into windows (number_key, wa_id, dropped, last_dropped_ms, ticks) values (?, ?, ?, ?, 1)
  on conflict do update set
    dropped = dropped + excluded.dropped, last_dropped_ms = excluded.last_dropped_ms, ticks = 1`;

export const addBlock =
  'insert into blocks (number_key, position, wa_id, blocked_at_ms, key_id) values (?, ?, ?, ?, ?)';

export const removeBlock = 'delete from blocks where number_key = ? and wa_id = ?';

const rowColumns = `
  select b.wa_id, b.position, (select phone_hidden from users u where u.wa_id = b.wa_id)
    from blocks b where b.number_key = ?`;

/*
 * `+?` in a limit: SQLite plans by the value of a bare parameter there, and would plan anew at every call, which costs
 * five times the lookup itself.
 */

export const rowsAfter = `${rowColumns} and b.position > ? order by b.position limit +?`;

export const rowsBefore = `${rowColumns} and b.position < ? order by b.position desc limit +?`;

/** Only for a cursor without a position, which no page of ours hands out: counts its way to the row. */
export const rowsFrom = `${rowColumns} order by b.position limit +?2 offset +?3`;

export const addActivity = `
  insert into activity (number_key, entry, at_ms, operation, wa_id, input, outcome, key_id)
  values (?, ?, ?, ?, ?, ?, ?, ?)`;

export const latestActivity = `
  select at_ms, operation, wa_id, input, outcome, key_id
    from activity where number_key = ? order by entry desc limit +?`;

export const numbers = `
  select number_key, id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms
    from numbers order by number_key`;

export const putNumber = `
  insert into numbers
    (id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms,
     list_version, list_size, list_end, activity_end)
  values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
  on conflict (id) do update set
    wa_id = excluded.wa_id, display_phone_number = excluded.display_phone_number,
    verified_name = excluded.verified_name, waba_id = excluded.waba_id, portfolio_id = excluded.portfolio_id
  returning number_key`;

export const removeNumber = [
  'delete from blocks where number_key = ?',
  'delete from windows where number_key = ?',
  'delete from activity where number_key = ?',
  'delete from numbers where number_key = ?',
] as const;

export const keys =
  'select id, hash, name, role, numbers, created_at_ms, expires_at_ms from keys order by created_at_ms, id';

export const addKey = `
  insert into keys (id, hash, name, role, numbers, created_at_ms, expires_at_ms) values (?, ?, ?, ?, ?, ?, ?)`;

export const removeKey = 'delete from keys where id = ?';

export const user = 'select kind, name, username, phone_hidden from users where wa_id = ?';

export const putUser = `
  insert into users (wa_id, kind, name, username, phone_hidden) values (?, ?, ?, ?, ?)
  on conflict do update set
    kind = excluded.kind, name = excluded.name, username = excluded.username, phone_hidden = excluded.phone_hidden`;

export const setting = 'select value from settings where name = ?';

export const putSetting = `
  insert into settings (name, value) values (?, ?) on conflict do update set value = excluded.value`;
