/** Every statement of the SQLite store. Parameters are positional, in the order of the columns they stand for. */

/** Rows that a statement looks at, at most, when it may find fewer: a few milliseconds' work. */
const sliceRows = 1000;

export const listStates = `
  select number_key, list_version, list_size, list_end, activity_end, outbox_end from numbers`;

export const setListState = `
  update numbers set list_version = ?, list_size = ?, list_end = ?, activity_end = ?, outbox_end = ?
   where number_key = ?`;

/**
 * One user's facts: four lookups by primary key or unique index, whatever the size of the tables. `?3` says whether
 * the user is a number of this store, which is known already.
 */
export const userFacts = `
  select ?2, b.key_id, b.until_ms, b.source, b.blocked_at_ms,
         s.placed_at_ms, s.key_id, s.person, s.source, s.note, s.until_ms,
         w.last_inbound_ms, w.ticks, w.name, w.dropped, w.last_outbound_ms, coalesce(w.known_from_ms, w.last_inbound_ms), ?3,
         u.kind, u.name, u.username, u.phone_hidden
    from (select 1)
    left join blocks b on b.number_key = ?1 and b.wa_id = ?2
    left join standing s on s.number_key = ?1 and s.wa_id = ?2
    left join windows w on w.number_key = ?1 and w.wa_id = ?2
    left join users u on u.wa_id = ?2`;

/** When a message was last seen: when a webhook was made for it, or when it was remembered. */
export const messageSeen = `
  select max(at_ms) from (
    select max(created_at_ms) as at_ms from webhooks where number_key = ?1 and message_id = ?2
    union all select at_ms from messages where number_key = ?1 and message_id = ?2)`;

/** A webhook is due immediately unless it waits for a decision, or another one of its user is before it. */
export const addWebhook = `
  insert into webhooks
    (number_key, entry, wa_id, message_id, body, created_at_ms, state, rule_id, review, due_at_ms, attempt_count, attempts)
  values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
    iif(?7 <> 'waiting' or ?9 is 'held'
          or exists (select 1 from webhooks where number_key = ?1 and wa_id = ?3 and state = 'waiting'), null, ?6),
    0, '[]')`;

const webhookColumns = 'entry, wa_id, message_id, body, created_at_ms, state, attempt_count, attempts';

export const dueWebhooks = `
  select ${webhookColumns} from webhooks
   where number_key = ? and due_at_ms <= ? order by due_at_ms, entry limit +?`;

export const nextWebhookDue = `
  select due_at_ms from webhooks where number_key = ? and due_at_ms is not null order by due_at_ms limit 1`;

export const webhook = `select ${webhookColumns} from webhooks where number_key = ? and entry = ?`;

/** A webhook that waits for review is not settled yet. */
export const recordAttempt = `
  update webhooks set state = ?, due_at_ms = ?, settled_at_ms = iif(review is null, ?, null), attempt_count = ?, attempts = ?
   where number_key = ? and entry = ?`;

/** The user's next webhook moves up when the one before it is done with. */
export const promoteWebhook = `
  update webhooks set due_at_ms = ?3 where number_key = ?1 and due_at_ms is null and review is not 'held' and entry =
    (select min(entry) from webhooks where number_key = ?1 and wa_id = ?2 and state = 'waiting')`;

export const makeWebhooksDue = 'update webhooks set due_at_ms = ? where number_key = ? and due_at_ms > ?';

/** Some at a time, so that a number with very many is not held up. */
export const purgeWebhooks = `
  delete from webhooks where number_key = ?1 and entry in
    (select entry from webhooks where number_key = ?1 and settled_at_ms <= ?2 order by settled_at_ms limit 1000)`;

/** Webhooks of a stretch of entries; what is filtered out is read on the way. */
export const listWebhooks = `
  select ${webhookColumns} from webhooks
   where number_key = ?1 and entry between ?2 and ?3 and (?4 is null or wa_id = ?4) and (?5 is null or state = ?5)
   order by entry limit +?6`;

export const webhooksSliceEnd = `
  select entry from webhooks where number_key = ? and entry >= ? order by entry limit 1 offset ${sliceRows - 1}`;

/** The latest of a user's webhooks that was tried. */
export const latestTriedWebhook = `
  select ${webhookColumns} from webhooks indexed by webhooks_tried
   where number_key = ? and wa_id = ? and attempt_count > 0 order by entry desc limit 1`;

/** Sent again, in front of whatever of the same user waits; only what is done with. */
export const redeliverWebhook = `
  update webhooks set state = 'waiting', due_at_ms = ?3, settled_at_ms = null
   where number_key = ?1 and entry = ?2 and state in ('delivered', 'given_up')`;

export const holdBackWebhooks = `
  update webhooks indexed by webhooks_waiting set due_at_ms = null
   where number_key = ? and wa_id = ? and state = 'waiting' and entry > ?`;

const reviewColumns = `${webhookColumns}, rule_id, review`;

/** Webhooks whose messages wait for a person's look. */
export const reviews = `
  select ${reviewColumns} from webhooks indexed by webhooks_review
   where number_key = ? and review is not null and entry > ? order by entry limit +?`;

export const review = `select ${reviewColumns} from webhooks where number_key = ? and entry = ? and review is not null`;

/** Whether a person has to decide before anything of a user leaves. */
export const heldWebhook = `
  select 1 from webhooks indexed by webhooks_waiting
   where number_key = ? and wa_id = ? and state = 'waiting' and review = 'held' limit 1`;

export const reviewCount = `
  select count(*) from webhooks indexed by webhooks_review where number_key = ? and review is not null`;

/** On its way, unless another one of its user is before it. */
export const releaseReview = `
  update webhooks set state = 'waiting', review = null,
    due_at_ms = iif(exists (select 1 from webhooks b where b.number_key = ?1 and b.wa_id = webhooks.wa_id
                               and b.state = 'waiting' and b.entry < ?2 limit 1), null, ?3)
   where number_key = ?1 and entry = ?2 and review is not null`;

export const discardReview = `
  update webhooks set state = 'discarded', review = null, due_at_ms = null, settled_at_ms = ?3
   where number_key = ?1 and entry = ?2 and review is not null`;

/** A message that passed stays on its way, if it still is. */
export const approveReview = `
  update webhooks set review = null, settled_at_ms = iif(state = 'waiting', null, ?3)
   where number_key = ?1 and entry = ?2 and review is not null`;

/** Null keeps a time or a name that is there; dropped messages are added. */
export const putWindow = `
  insert into windows (number_key, wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks, name, known_from_ms)
  values (?, ?, ?, ?, ?, ?, ?, ?)
  on conflict do update set
    known_from_ms = coalesce(known_from_ms, last_inbound_ms, excluded.known_from_ms),
    last_inbound_ms = coalesce(excluded.last_inbound_ms, last_inbound_ms), dropped = dropped + excluded.dropped,
    last_dropped_ms = coalesce(excluded.last_dropped_ms, last_dropped_ms), ticks = excluded.ticks,
    name = coalesce(excluded.name, name)`;

/** The business has sent the user a message. A user who has not written is known from then on. */
export const putContact = `
  insert into windows (number_key, wa_id, dropped, ticks, last_outbound_ms, known_from_ms) values (?1, ?2, 0, 0, ?3, ?3)
  on conflict do update set
    last_outbound_ms = ?3, known_from_ms = coalesce(known_from_ms, last_inbound_ms, excluded.known_from_ms)`;

const blockColumns =
  'number_key, position, wa_id, dropped_before, blocked_at_ms, key_id, person, source, note, until_ms';

export const addBlock = `insert into blocks (${blockColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Sets the note and the end, each where the mark before it says so. */
export const amendBlock = `
  update blocks
     set note = case when ? then ? else note end, until_ms = case when ? then ? else until_ms end
   where number_key = ? and wa_id = ?`;

export const removeBlock = 'delete from blocks where number_key = ? and wa_id = ?';

const rowColumns = `
  select b.wa_id, b.position, (select phone_hidden from users u where u.wa_id = b.wa_id)
    from blocks b where b.number_key = ?`;

/*
 * `+?` in a limit: SQLite plans by the value of a bare parameter there, and would plan again at every call, which
 * costs five times the lookup itself.
 */

export const rowsAfter = `${rowColumns} and b.position > ? order by b.position limit +?`;

export const rowsBefore = `${rowColumns} and b.position < ? order by b.position desc limit +?`;

/** Only for a cursor without a position, which no page of ours hands out: counts its way to the row. */
export const rowsFrom = `${rowColumns} order by b.position limit +?2 offset +?3`;

/*
 * Blocks of a stretch of the list with all that is known of them, in the order of the list, or of a column and then
 * of the users. Rows that the filters exclude are read on the way.
 */

const blockDetails = (column: string | null, isDescending: boolean) => {
  const [direction, beyond] = isDescending ? ['desc', '<'] : ['asc', '>'];
  const behind = column === null ? '' : `and (?6 is null or (${column}, b.wa_id) ${beyond} (?6, ?7))`;
  const order = column === null ? `b.position ${direction}` : `${column} ${direction}, b.wa_id ${direction}`;
  return `
  select b.wa_id, b.position, coalesce(u.phone_hidden, 0), coalesce(u.name, w.name),
         b.blocked_at_ms, b.key_id, b.person, b.source, b.note, b.until_ms,
         coalesce(w.dropped, 0) - b.dropped_before, w.last_dropped_ms, ${column ?? 'b.position'}
    from blocks b
    left join windows w on w.number_key = b.number_key and w.wa_id = b.wa_id
    left join users u on u.wa_id = b.wa_id
   where b.number_key = ?1 and b.position between ?2 and ?3
     and (?4 is null or (?5 is not null and not coalesce(u.phone_hidden, 0) and cast(b.wa_id as text) like ?5)
          or fold(coalesce(u.name, w.name)) like ?4 escape '\\' or fold(b.note) like ?4 escape '\\'
          or fold('@' || ltrim(u.username, '@')) like ?4 escape '\\')
     ${behind}
   order by ${order} limit +?8`;
};

const sortColumns = {
  blocked_at: null,
  name: "fold(coalesce(u.name, w.name, ''))",
  dropped: 'coalesce(w.dropped, 0) - b.dropped_before',
  until: 'coalesce(b.until_ms, 9000000000000000)',
} as const;

export const blocksSorted = Object.entries(sortColumns).flatMap(([, column]) => [
  blockDetails(column, false),
  blockDetails(column, true),
]);

export const blocksSliceEnd = [
  `select position from blocks where number_key = ? and position >= ? order by position limit 1 offset ${sliceRows - 1}`,
  `select position from blocks where number_key = ? and position <= ? order by position desc limit 1 offset ${sliceRows - 1}`,
] as const;

/** The position of a user in the list. */
export const blockPosition = 'select position from blocks where number_key = ? and wa_id = ?';

/** Standing blocks of a stretch of users; what is filtered out is read on the way. */
export const standingBlocks = `
  select s.wa_id, coalesce(u.phone_hidden, 0), coalesce(u.name, w.name), w.last_inbound_ms,
         s.placed_at_ms, s.key_id, s.person, s.source, s.note, s.until_ms
    from standing s
    left join windows w on w.number_key = s.number_key and w.wa_id = s.wa_id
    left join users u on u.wa_id = s.wa_id
   where s.number_key = ?1 and s.wa_id between ?2 and ?3
     and (?4 is null or (?5 is not null and not coalesce(u.phone_hidden, 0) and cast(s.wa_id as text) like ?5)
          or fold(coalesce(u.name, w.name)) like ?4 escape '\\' or fold(s.note) like ?4 escape '\\'
          or fold('@' || ltrim(u.username, '@')) like ?4 escape '\\')
   order by s.wa_id limit +?6`;

export const standingSliceEnd = `
  select wa_id from standing where number_key = ? and wa_id >= ? order by wa_id limit 1 offset ${sliceRows - 1}`;

export const standingCount = 'select count(*) from standing where number_key = ?';

export const placeStanding = `
  insert into standing (number_key, wa_id, placed_at_ms, key_id, person, source, note, until_ms)
  values (?, ?, ?, ?, ?, ?, ?, ?)
  on conflict do update set
    placed_at_ms = excluded.placed_at_ms, key_id = excluded.key_id, person = excluded.person, source = excluded.source,
    note = excluded.note, until_ms = excluded.until_ms`;

export const endStanding = 'delete from standing where number_key = ? and wa_id = ?';

export const expiredBlocks = 'select wa_id from blocks where number_key = ? and until_ms <= ? limit +?';

export const expiredStanding = 'select wa_id from standing where number_key = ? and until_ms <= ? limit +?';

export const nextBlockExpiry = `
  select until_ms from blocks where number_key = ? and until_ms is not null order by until_ms limit 1`;

export const nextStandingExpiry = `
  select until_ms from standing where number_key = ? and until_ms is not null order by until_ms limit 1`;

export const addTraffic = `
  insert into traffic (number_key, hour_ms, admitted, dropped, held) values (?, ?, ?, ?, ?)
  on conflict do update set
    admitted = admitted + excluded.admitted, dropped = dropped + excluded.dropped, held = held + excluded.held`;

export const addRuleCount = `
  insert into rule_counts (number_key, hour_ms, rule_id, matched, acted) values (?, ?, ?, ?, ?)
  on conflict do update set matched = matched + excluded.matched, acted = acted + excluded.acted`;

export const ruleCounts = `
  select hour_ms, rule_id, matched, acted from rule_counts
   where number_key = ? and hour_ms >= ? and hour_ms < ? order by hour_ms, rule_id`;

export const traffic = `
  select hour_ms, admitted, dropped, held from traffic where number_key = ? and hour_ms >= ? and hour_ms < ? order by hour_ms`;

const activityColumns = 'at_ms, entry, operation, wa_id, input, outcome, key_id, person, source, note';

export const addActivity = `
  insert into activity (number_key, ${activityColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** By what activity can be found: the index, and what it begins with behind the number. */
const activityWays = [
  ['', '?2 is null'],
  ['indexed by activity_by_user', 'wa_id = ?2'],
  ['indexed by activity_by_key', 'key_id = ?2'],
] as const;

/** Newest first, from before one place down to another. Rows that the filters exclude are read on the way. */
export const activity = activityWays.map(
  ([index, subject]) => `
  select ${activityColumns} from activity ${index}
   where number_key = ?1 and ${subject} and (at_ms, entry) < (?3, ?4) and (at_ms, entry) >= (?5, ?6)
     and (?7 is null or operation = ?7) and (?8 is null or outcome = ?8) and (?9 is null or key_id = ?9)
     and (?10 is null or source = ?10) and (?11 is null or person = ?11)
   order by at_ms desc, entry desc limit +?12`,
);

export const activitySliceEnd = activityWays.map(
  ([index, subject]) => `
  select at_ms, entry from activity ${index}
   where number_key = ?1 and ${subject} and (at_ms, entry) < (?3, ?4) and (at_ms, entry) >= (?5, ?6)
   order by at_ms desc, entry desc limit 1 offset ${sliceRows - 1}`,
);

export const addKeptBatch = `
  insert into kept_messages (number_key, at_ms, batch, messages, encrypted) values (?, ?, ?, ?, ?)`;

/** From behind a batch on, or from the newest one on. */
export const keptBatches = `
  select at_ms, batch, messages, encrypted from kept_messages
   where number_key = ?1 and at_ms >= ?2 and (at_ms, batch) < (?3, ?4)
   order by at_ms desc, batch desc limit ?5`;

export const purgeKeptBatches = `
  delete from kept_messages where number_key = ?1 and (at_ms, batch) in (
    select at_ms, batch from kept_messages where number_key = ?1 and at_ms < ?2 order by at_ms, batch limit ?3)`;

export const purgeActivity = `
  delete from activity where number_key = ?1 and (at_ms, entry) in (
    select at_ms, entry from activity where number_key = ?1 and at_ms < ?2 order by at_ms, entry limit +?3)`;

export const addMessage = `
  insert into messages (number_key, message_id, at_ms, callback_data, until_ms) values (?, ?, ?, ?, ?)
  on conflict do update set
    at_ms = excluded.at_ms, callback_data = excluded.callback_data, until_ms = excluded.until_ms`;

export const purgeMessages = `
  delete from messages where number_key = ?1 and message_id in
    (select message_id from messages where number_key = ?1 and until_ms <= ?2 order by until_ms limit 1000)`;

export const callbackData = 'select callback_data from messages where number_key = ? and message_id = ?';

export const lastWebhook = 'select last_at_ms from meta_webhooks where number_key = ?';

export const putLastWebhook = `
  insert into meta_webhooks (number_key, last_at_ms) values (?, ?)
  on conflict do update set last_at_ms = excluded.last_at_ms`;

export const session =
  'select token_hash, key_hash, person, number_id, expires_at_ms from sessions where token_hash = ?';

export const addSession = `
  insert into sessions (token_hash, key_hash, person, number_id, expires_at_ms) values (?, ?, ?, ?, ?)`;

export const removeSession = 'delete from sessions where token_hash = ?';

export const purgeSessions = `
  delete from sessions where token_hash in
    (select token_hash from sessions where expires_at_ms <= ? order by expires_at_ms limit 100)`;

export const bulkRun = 'select record from bulk_runs where key_id = ? and id = ? and until_ms > ?';

export const putBulkRun = `
  insert into bulk_runs (key_id, id, record, until_ms) values (?, ?, ?, ?)
  on conflict do update set record = excluded.record, until_ms = excluded.until_ms`;

export const bulkResults =
  'select results from bulk_results where key_id = ? and id = ? and chunk = ? and until_ms > ?';

export const putBulkResults = `
  insert into bulk_results (key_id, id, chunk, results, until_ms) values (?, ?, ?, ?, ?)
  on conflict do update set results = excluded.results, until_ms = excluded.until_ms`;

export const purgeBulkRuns = `
  delete from bulk_runs where (key_id, id) in
    (select key_id, id from bulk_runs where until_ms <= ? order by until_ms limit 100)`;

export const purgeBulkResults = `
  delete from bulk_results where (key_id, id, chunk) in
    (select key_id, id, chunk from bulk_results where until_ms <= ? order by until_ms limit 100)`;

export const removeBulkRuns = 'delete from bulk_runs';

export const removeBulkResults = 'delete from bulk_results';

/** As much as a large commit writes: a disk that only has room for a small one is full. */
export const checkWrite = 'insert or replace into write_checks (id, content) values (1, zeroblob(1048576))';

export const removeWriteCheck = 'delete from write_checks';

export const numbers = `
  select number_key, id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms, webhook,
         upstream
    from numbers order by number_key`;

export const putNumber = `
  insert into numbers
    (id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms, webhook, upstream,
     list_version, list_size, list_end, activity_end, outbox_end)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (id) do update set
    webhook = excluded.webhook, upstream = excluded.upstream, wa_id = excluded.wa_id, display_phone_number = excluded.display_phone_number,
    verified_name = excluded.verified_name, waba_id = excluded.waba_id, portfolio_id = excluded.portfolio_id
  returning number_key`;

export const removeNumber = 'delete from numbers where number_key = ?';

/** The rows of a removed number are found by its key, which no other number is given. */
export const noteRemovedNumber = 'insert into removed_numbers (number_key) values (?)';

export const removedNumbers = 'select number_key from removed_numbers';

export const forgetRemovedNumber = 'delete from removed_numbers where number_key = ?';

const removeSome = (table: string, key: string) => `
  delete from ${table} where number_key = ?1 and (${key}) in (
    select ${key} from ${table} where number_key = ?1 order by ${key} limit 1000)`;

/** Some at a time: a number may have millions. */
export const removeRows = [
  removeSome('blocks', 'position'),
  removeSome('windows', 'wa_id'),
  removeSome('activity', 'at_ms, entry'),
  removeSome('webhooks', 'entry'),
  removeSome('standing', 'wa_id'),
  removeSome('traffic', 'hour_ms'),
  removeSome('rule_counts', 'hour_ms, rule_id'),
  removeSome('kept_messages', 'at_ms, batch'),
  removeSome('messages', 'message_id'),
  removeSome('meta_webhooks', 'last_at_ms'),
];

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

const userNameColumns = 'name, kind, user_key, since_ms, until_ms';

export const userByName = 'select user_key from user_names where directory = ? and name = ?';

export const userNamesOf = `select ${userNameColumns} from user_names where directory = ? and user_key = ?`;

export const putUserName = `
  insert into user_names (directory, ${userNameColumns}) values (?, ?, ?, ?, ?, ?)
  on conflict do update set
    kind = excluded.kind, user_key = excluded.user_key, since_ms = excluded.since_ms, until_ms = excluded.until_ms`;

export const allUserNames = `select ${userNameColumns} from user_names where directory = ? order by name`;

export const removeUserNames = 'delete from user_names where directory = ?';

/* The rows of one user on a number, as they are when the user gets another key. */

export const userBlock = `
  select wa_id, position, blocked_at_ms, key_id, person, source, note, until_ms, dropped_before
    from blocks where number_key = ? and wa_id = ?`;

export const userStanding = `
  select wa_id, placed_at_ms, key_id, person, source, note, until_ms
    from standing where number_key = ? and wa_id = ?`;

export const userWindow = `
  select wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks, name, last_outbound_ms, coalesce(known_from_ms, last_inbound_ms)
    from windows where number_key = ? and wa_id = ?`;

export const removeWindow = 'delete from windows where number_key = ? and wa_id = ?';

export const allBlocks = `
  select wa_id, position, blocked_at_ms, key_id, person, source, note, until_ms, dropped_before
    from blocks where number_key = ? order by position`;

export const allStanding = `
  select wa_id, placed_at_ms, key_id, person, source, note, until_ms
    from standing where number_key = ? order by wa_id`;

export const allWindows = `
  select wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks, name, last_outbound_ms, coalesce(known_from_ms, last_inbound_ms)
    from windows where number_key = ? order by wa_id`;

export const addWindow = `
  insert into windows
    (number_key, wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks, name, last_outbound_ms, known_from_ms)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const setting = 'select value from settings where name = ?';

export const putSetting = `
  insert into settings (name, value) values (?, ?) on conflict do update set value = excluded.value`;
