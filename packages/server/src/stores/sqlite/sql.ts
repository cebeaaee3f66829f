/** Every statement of the SQLite store. Parameters are positional, in the order of the columns they stand for. */

export const listStates = `
  select number_key, list_version, list_size, list_end, activity_end, outbox_end from numbers`;

export const setListState = `
  update numbers set list_version = ?, list_size = ?, list_end = ?, activity_end = ?, outbox_end = ?
   where number_key = ?`;

/** One user's facts: three lookups by primary key or covering index, whatever the size of the tables. */
export const userFacts = `
  select (select 1 from blocks where number_key = ?1 and wa_id = ?2) as blocked,
         w.last_inbound_ms,
         w.ticks,
         u.kind, u.name, u.username, u.phone_hidden
    from (select 1)
    left join windows w on w.number_key = ?1 and w.wa_id = ?2
    left join users u on u.wa_id = ?2`;

/** When a webhook was made for a message, lately enough to be remembered. */
export const messageSeen = `
  select max(created_at_ms) from webhooks where number_key = ? and message_id = ?`;

/** A webhook is due at once unless another one of its user waits. */
export const addWebhook = `
  insert into webhooks
    (number_key, entry, wa_id, message_id, body, created_at_ms, state, due_at_ms, attempt_count, attempts)
  values (?1, ?2, ?3, ?4, ?5, ?6, 'waiting',
    iif(exists (select 1 from webhooks where number_key = ?1 and wa_id = ?3 and state = 'waiting'), null, ?6), 0, '[]')`;

const webhookColumns = 'entry, wa_id, message_id, body, created_at_ms, state, attempt_count, attempts';

export const dueWebhooks = `
  select ${webhookColumns} from webhooks
   where number_key = ? and due_at_ms <= ? order by due_at_ms, entry limit +?`;

export const nextWebhookDue = `
  select due_at_ms from webhooks where number_key = ? and due_at_ms is not null order by due_at_ms limit 1`;

export const webhook = `select ${webhookColumns} from webhooks where number_key = ? and entry = ?`;

export const settleWebhook = `
  update webhooks set state = ?, due_at_ms = ?, settled_at_ms = ?, attempt_count = ?, attempts = ?
   where number_key = ? and entry = ?`;

/** The user's next webhook moves up when the one before it is done with. */
export const promoteWebhook = `
  update webhooks set due_at_ms = ?3 where number_key = ?1 and due_at_ms is null and entry =
    (select min(entry) from webhooks where number_key = ?1 and wa_id = ?2 and state = 'waiting')`;

export const hastenWebhooks = 'update webhooks set due_at_ms = ? where number_key = ? and due_at_ms > ?';

export const forgetWebhooks = 'delete from webhooks where number_key = ? and settled_at_ms <= ?';

export const listWebhooks = `
  select ${webhookColumns} from webhooks
   where number_key = ?1 and entry > ?2 and (?3 is null or wa_id = ?3) and (?4 is null or state = ?4)
   order by entry limit +?5`;

/** Sent again, in front of whatever of the same user waits; only what is done with. */
export const redeliverWebhook = `
  update webhooks set state = 'waiting', due_at_ms = ?3, settled_at_ms = null
   where number_key = ?1 and entry = ?2 and state <> 'waiting'`;

export const holdBackWebhooks = `
  update webhooks set due_at_ms = null where number_key = ? and wa_id = ? and state = 'waiting' and entry > ?`;

export const openWindow = `
  insert into windows (number_key, wa_id, last_inbound_ms, ticks) values (?, ?, ?, 2)
  on conflict do update set last_inbound_ms = excluded.last_inbound_ms, ticks = 2`;

export const countDropped = `
  insert into windows (number_key, wa_id, dropped, last_dropped_ms, ticks) values (?, ?, ?, ?, 1)
  on conflict do update set
    dropped = dropped + excluded.dropped, last_dropped_ms = excluded.last_dropped_ms, ticks = 1`;

export const addBlock =
  'insert into blocks (number_key, position, wa_id, blocked_at_ms, key_id) values (?, ?, ?, ?, ?)';

/** Many at once, as a JSON array of `wa_id`s in their order: a third of the cost of one by one. */
export const addBlocks = `
  insert into blocks (number_key, position, wa_id, blocked_at_ms, key_id)
  select ?, ? + key, value, ?, ? from json_each(?)`;

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
  select number_key, id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms, webhook
    from numbers order by number_key`;

export const putNumber = `
  insert into numbers
    (id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms, webhook,
     list_version, list_size, list_end, activity_end, outbox_end)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (id) do update set
    webhook = excluded.webhook, wa_id = excluded.wa_id, display_phone_number = excluded.display_phone_number,
    verified_name = excluded.verified_name, waba_id = excluded.waba_id, portfolio_id = excluded.portfolio_id
  returning number_key`;

export const removeNumber = [
  'delete from blocks where number_key = ?',
  'delete from windows where number_key = ?',
  'delete from activity where number_key = ?',
  'delete from webhooks where number_key = ?',
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

export const removeUsers = 'delete from users';

export const users = 'select wa_id, kind, name, username, phone_hidden from users order by wa_id';

export const allBlocks = `
  select wa_id, position, blocked_at_ms, key_id from blocks where number_key = ? order by position`;

export const allWindows = `
  select wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks from windows where number_key = ? order by wa_id`;

export const addWindow = `
  insert into windows (number_key, wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks) values (?, ?, ?, ?, ?, ?)`;

export const setting = 'select value from settings where name = ?';

export const putSetting = `
  insert into settings (name, value) values (?, ?) on conflict do update set value = excluded.value`;
