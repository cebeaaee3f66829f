/**
 * Every statement of the PostgreSQL store. `$1` is the number, wherever a table belongs to numbers. Many rows travel as
 * arrays, one for each column, so that a batch is one statement whatever its size.
 */

/** Rows that a statement looks at, at most, when it may find fewer: far from how long a statement may take. */
const sliceRows = 5000;

/**
 * Rows of a number from arrays, one for each column. The number comes from its list, because Citus sends an insert to the
 * number's node as a whole only if a table of that node is in it.
 */
const rowsOfNumber = (arrays: string) => `
  select l.phone_number_id, given.* from lists l, unnest(${arrays}) as given where l.phone_number_id = $1`;

/**
 * Keeps a number on its node of a cluster until the transaction ends. Citus plans other statements for the node where the
 * number is, and runs them there even if it has moved meanwhile, so what they write would be lost. This one is planned
 * when it runs.
 */
export const lockShard = 'update lists set version = version where phone_number_id = $1';

/** The number's lock, with what a batch begins with. */
export const lockList = `
  select l.version, l.size, l.list_end, l.activity_end, l.outbox_end, l.marks ->> $2 as mark,
         n.phone_number_id, n.wa_id, n.display_phone_number, n.verified_name, n.waba_id, n.portfolio_id,
         n.created_at_ms, n.webhook, n.upstream
    from lists l join numbers n on n.phone_number_id = $1
   where l.phone_number_id = $1 for update of l`;

/** The state of the lists comes last: what a batch has written is there when its mark is. */
export const setList = `
  update lists set version = $2, size = $3, list_end = $4, activity_end = $5, outbox_end = $6,
                   marks = jsonb_set(marks, array[$7], to_jsonb($8::text))
   where phone_number_id = $1`;

export const addList = `
  insert into lists (phone_number_id, version, size, list_end, activity_end, outbox_end)
  values ($1, $2, $3, $4, $5, $6)`;

/** The state of an imported list; the outbox continues as it is. */
export const importList =
  'update lists set version = $2, size = $3, list_end = $4 where phone_number_id = $1';

export const listState = 'select version, size from lists where phone_number_id = $1';

/** The marks of processes that are gone. */
export const purgeMarks = `
  update lists set marks = marks - $2::text[] where phone_number_id = $1 and marks ?| $2::text[]`;

/**
 * The facts of users: five lookups for each, whatever the size of the tables and whatever the planner believes of it. A
 * `limit` is what keeps it from joining, which would read all of a number's rows.
 */
export const userFacts = `
  select u.wa_id, b.key_id, b.until_ms, b.source, b.blocked_at_ms,
         s.placed_at_ms, s.key_id, s.person, s.source, s.note, s.until_ms,
         w.last_inbound_ms, w.ticks, w.name, w.dropped, w.last_outbound_ms, w.known_from_ms,
         n.is_number is not null as is_number,
         p.kind, p.name, p.username, p.phone_hidden
    from unnest($2::bigint[]) as u (wa_id)
    left join lateral (select key_id, until_ms, source, blocked_at_ms from blocks
                        where phone_number_id = $1 and wa_id = u.wa_id limit 1) b on true
    left join lateral (select placed_at_ms, key_id, person, source, note, until_ms from standing
                        where phone_number_id = $1 and wa_id = u.wa_id limit 1) s on true
    left join lateral (select last_inbound_ms, ticks, name, dropped, last_outbound_ms,
                             coalesce(known_from_ms, last_inbound_ms) as known_from_ms from windows
                        where phone_number_id = $1 and wa_id = u.wa_id limit 1) w on true
    left join lateral (select true as is_number from numbers where wa_id = u.wa_id limit 1) n on true
    left join lateral (select kind, name, username, phone_hidden from users where wa_id = u.wa_id limit 1) p on true`;

/** When messages were last seen: when webhooks were made for them, or when they were remembered. */
export const messagesSeen = `
  select message_id, max(at_ms) from (
    select message_id, created_at_ms as at_ms from webhooks
     where phone_number_id = $1 and message_id = any($2::text[])
    union all
    select message_id, at_ms from messages where phone_number_id = $1 and message_id = any($2::text[])) seen
   group by message_id`;

export const putWindows = `
  insert into windows (phone_number_id, wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks, name, known_from_ms)
  ${rowsOfNumber('$2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::smallint[], $7::text[], $8::bigint[]')}
  on conflict (phone_number_id, wa_id) do update set
    known_from_ms = coalesce(windows.known_from_ms, windows.last_inbound_ms, excluded.known_from_ms),
    last_inbound_ms = coalesce(excluded.last_inbound_ms, windows.last_inbound_ms),
    dropped = windows.dropped + excluded.dropped,
    last_dropped_ms = coalesce(excluded.last_dropped_ms, windows.last_dropped_ms),
    ticks = excluded.ticks,
    name = coalesce(excluded.name, windows.name)`;

/** Windows as they are, of users who have none. */
export const addWindows = `
  insert into windows
    (phone_number_id, wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks, name, last_outbound_ms, known_from_ms)
  ${rowsOfNumber('$2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::smallint[], $7::text[], $8::bigint[], $9::bigint[]')}`;

/** The business has sent users messages. A user who has not written is known from then on. */
export const putContacts = `
  insert into windows (phone_number_id, wa_id, dropped, ticks, last_outbound_ms, known_from_ms)
  select l.phone_number_id, given.wa_id, 0, 0, given.at_ms, given.at_ms
    from lists l, unnest($2::bigint[], $3::bigint[]) as given (wa_id, at_ms) where l.phone_number_id = $1
  on conflict (phone_number_id, wa_id) do update set
    last_outbound_ms = excluded.last_outbound_ms,
    known_from_ms = coalesce(windows.known_from_ms, windows.last_inbound_ms, excluded.known_from_ms)`;

export const addTraffic = `
  insert into traffic (phone_number_id, hour_ms, admitted, dropped, held)
  ${rowsOfNumber('$2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]')}
  on conflict (phone_number_id, hour_ms) do update set
    admitted = traffic.admitted + excluded.admitted, dropped = traffic.dropped + excluded.dropped,
    held = traffic.held + excluded.held`;

export const addRuleCounts = `
  insert into rule_counts (phone_number_id, hour_ms, rule_id, matched, acted)
  ${rowsOfNumber('$2::bigint[], $3::text[], $4::bigint[], $5::bigint[]')}
  on conflict (phone_number_id, hour_ms, rule_id) do update set
    matched = rule_counts.matched + excluded.matched, acted = rule_counts.acted + excluded.acted`;

export const ruleCounts = `
  select hour_ms, rule_id, matched, acted from rule_counts
   where phone_number_id = $1 and hour_ms >= $2 and hour_ms < $3 order by hour_ms, rule_id`;

export const traffic = `
  select hour_ms, admitted, dropped, held from traffic
   where phone_number_id = $1 and hour_ms >= $2 and hour_ms < $3 order by hour_ms`;

export const removeBlocks = 'delete from blocks where phone_number_id = $1 and wa_id = any($2::bigint[])';

const blockColumns = 'position, wa_id, blocked_at_ms, key_id, person, source, note, until_ms, dropped_before';

export const addBlocks = `
  insert into blocks (phone_number_id, ${blockColumns})
  ${rowsOfNumber('$2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[]')}`;

export const amendBlocks = `
  update blocks b
     set note = case when a.sets_note then a.note else b.note end,
         until_ms = case when a.sets_until then a.until_ms else b.until_ms end
    from unnest($2::bigint[], $3::boolean[], $4::text[], $5::boolean[], $6::bigint[])
      as a (wa_id, sets_note, note, sets_until, until_ms)
   where b.phone_number_id = $1 and b.wa_id = any($2::bigint[]) and b.wa_id = a.wa_id`;

/*
 * Blocks of a stretch of the list with all that is known of them, in the order of the list, or of a column and then
 * of the users. Searching, and sorting by what is not the list's own order, reads one list, of 64,000 rows at most.
 */

const blockDetails = (column: string | null, type: string, isDescending: boolean) => {
  const [direction, beyond] = isDescending ? ['desc', '<'] : ['asc', '>'];
  const behind =
    column === null
      ? `$6::${type} is null and $7::bigint is null`
      : `($6::${type} is null or (${column}, b.wa_id) ${beyond} ($6::${type}, $7::bigint))`;
  const order = column === null ? `b.position ${direction}` : `${column} ${direction}, b.wa_id ${direction}`;
  return `
  select b.wa_id, b.position, coalesce(u.phone_hidden, false), coalesce(u.name, w.name),
         b.blocked_at_ms, b.key_id, b.person, b.source, b.note, b.until_ms,
         coalesce(w.dropped, 0) - b.dropped_before, w.last_dropped_ms, ${column ?? 'b.position'}
    from blocks b
    left join windows w on w.phone_number_id = $1 and w.wa_id = b.wa_id
    left join users u on u.wa_id = b.wa_id
   where b.phone_number_id = $1 and b.position between $2 and $3
     and ($4::text is null or ($5::text is not null and not coalesce(u.phone_hidden, false) and b.wa_id::text like $5)
          or lower(coalesce(u.name, w.name)) like $4 or lower(b.note) like $4
          or lower('@' || ltrim(u.username, '@')) like $4)
     and ${behind}
   order by ${order} limit $8`;
};

const sortColumns = {
  blocked_at: [null, 'bigint'],
  name: [`lower(coalesce(u.name, w.name, '')) collate "C"`, 'text'],
  dropped: ['(coalesce(w.dropped, 0) - b.dropped_before)', 'bigint'],
  until: ['coalesce(b.until_ms, 9000000000000000)', 'bigint'],
} as const;

export const blocksSorted = Object.values(sortColumns).flatMap(([column, type]) => [
  blockDetails(column, type, false),
  blockDetails(column, type, true),
]);

/** The position of a user in the list. */
export const blockPosition = 'select position from blocks where phone_number_id = $1 and wa_id = $2';

/** Standing blocks of a stretch of users; what is filtered out is read on the way. */
export const standingBlocks = `
  select s.wa_id, coalesce(u.phone_hidden, false), coalesce(u.name, w.name), w.last_inbound_ms,
         s.placed_at_ms, s.key_id, s.person, s.source, s.note, s.until_ms
    from standing s
    left join windows w on w.phone_number_id = $1 and w.wa_id = s.wa_id
    left join users u on u.wa_id = s.wa_id
   where s.phone_number_id = $1 and s.wa_id between $2 and $3
     and ($4::text is null or ($5::text is not null and not coalesce(u.phone_hidden, false) and s.wa_id::text like $5)
          or lower(coalesce(u.name, w.name)) like $4 or lower(s.note) like $4
          or lower('@' || ltrim(u.username, '@')) like $4)
   order by s.wa_id limit $6`;

export const standingSliceEnd = `
  select wa_id from standing where phone_number_id = $1 and wa_id >= $2 order by wa_id limit 1 offset ${sliceRows - 1}`;

export const standingCount = 'select count(*) from standing where phone_number_id = $1';

export const placeStanding = `
  insert into standing (phone_number_id, wa_id, placed_at_ms, key_id, person, source, note, until_ms)
  ${rowsOfNumber('$2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[]')}
  on conflict (phone_number_id, wa_id) do update set
    placed_at_ms = excluded.placed_at_ms, key_id = excluded.key_id, person = excluded.person, source = excluded.source,
    note = excluded.note, until_ms = excluded.until_ms`;

export const endStanding = 'delete from standing where phone_number_id = $1 and wa_id = any($2::bigint[])';

export const expiredBlocks =
  'select wa_id from blocks where phone_number_id = $1 and until_ms <= $2 limit $3';

export const expiredStanding =
  'select wa_id from standing where phone_number_id = $1 and until_ms <= $2 limit $3';

export const nextBlockExpiry = `
  select until_ms from blocks where phone_number_id = $1 and until_ms is not null order by until_ms limit 1`;

export const nextStandingExpiry = `
  select until_ms from standing where phone_number_id = $1 and until_ms is not null order by until_ms limit 1`;

const rowColumns = `
  b.wa_id, b.position, coalesce((select p.phone_hidden from users p where p.wa_id = b.wa_id), false) as phone_hidden`;

/* Version, size and rows in one statement, which sees one moment. A list without such rows has one row of nulls. */

const withList = (rows: string) => `
  select l.version, l.size, r.* from lists l
    left join lateral (${rows}) r on true
   where l.phone_number_id = $1 order by r.position`;

export const rowsAfter = withList(`
  select ${rowColumns} from blocks b
   where b.phone_number_id = $1 and b.position > $2 order by b.position limit $3`);

export const rowsBefore = withList(`
  select ${rowColumns} from blocks b
   where b.phone_number_id = $1 and b.position < $2 order by b.position desc limit $3`);

/** Only for a cursor without a position, which no page of ours hands out: counts its way to the row. */
export const rowsFrom = withList(`
  select ${rowColumns} from blocks b
   where b.phone_number_id = $1 order by b.position offset $2 limit $3`);

const activityColumns = 'at_ms, entry, operation, wa_id, input, outcome, key_id, person, source, note';

export const addActivity = `
  insert into activity (phone_number_id, ${activityColumns})
  ${rowsOfNumber('$2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]')}`;

/** By what activity can be found: what an index begins with behind the number. */
const activityWays = ['$2::text is null', 'wa_id = $2::bigint', 'key_id = $2::text'];

/** Newest first, from before one place down to another. Rows that the filters exclude are read on the way. */
export const activity = activityWays.map(
  (subject) => `
  select ${activityColumns} from activity
   where phone_number_id = $1 and ${subject} and (at_ms, entry) < ($3, $4) and (at_ms, entry) >= ($5, $6)
     and ($7::text is null or operation = $7) and ($8::text is null or outcome = $8) and ($9::text is null or key_id = $9)
     and ($10::text is null or source = $10) and ($11::text is null or person = $11)
   order by at_ms desc, entry desc limit $12`,
);

export const activitySliceEnd = activityWays.map(
  (subject) => `
  select at_ms, entry from activity
   where phone_number_id = $1 and ${subject} and (at_ms, entry) < ($3, $4) and (at_ms, entry) >= ($5, $6)
   order by at_ms desc, entry desc limit 1 offset ${sliceRows - 1}`,
);

/** The last of a number's oldest entries. */
const lastOf = (condition: string, count: string) => `
      select at_ms, entry from (
        select at_ms, entry from activity where phone_number_id = $1 and ${condition} order by at_ms, entry limit ${count}
      ) oldest order by at_ms desc, entry desc limit 1`;

/** The oldest first. Answers how many. */
/** Only while the number is there. On a cluster, a table of the same node is read from. */
export const addKeptBatch = `
  insert into kept_messages (phone_number_id, at_ms, batch, messages, encrypted)
  select l.phone_number_id, $2::bigint, $3::text, $4::bigint, $5::text from lists l where l.phone_number_id = $1`;

/** From behind a batch on, or from the newest one on. */
export const keptBatches = `
  select at_ms, batch, messages, encrypted from kept_messages
   where phone_number_id = $1 and at_ms >= $2 and (at_ms, batch) < ($3, $4)
   order by at_ms desc, batch desc limit $5`;

export const purgeActivity = `
  with gone as (
    delete from activity where phone_number_id = $1 and (at_ms, entry) <= (${lastOf('at_ms < $2', '$3')})
    returning 1)
  select count(*) from gone`;

/**
 * A webhook is due immediately unless it waits for a decision, or another one of its user is before it: in the outbox
 * already, or among these.
 */
export const addWebhooks = `
  insert into webhooks
    (phone_number_id, entry, wa_id, message_id, body, created_at_ms, state, rule_id, review, due_at_ms, attempt_count,
     attempts)
  select l.phone_number_id, n.entry, n.wa_id, n.message_id, n.body, n.at_ms, n.state, n.rule_id, n.review,
         case when n.state <> 'waiting' or n.review = 'held' or n.before > 0 or exists (select from webhooks h
                where h.phone_number_id = $1 and h.wa_id = n.wa_id and h.state = 'waiting')
              then null else n.at_ms end, 0, '[]'
    from lists l,
         (select *, count(*) filter (where state = 'waiting') over
                      (partition by wa_id order by entry rows between unbounded preceding and 1 preceding) as before
            from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
                        $9::text[])
              as given (entry, wa_id, message_id, body, at_ms, state, rule_id, review)) n
   where l.phone_number_id = $1`;

const webhookColumns = 'entry, wa_id, message_id, body, created_at_ms, state, attempt_count, attempts';

/**
 * Takes webhooks that are due: those of no process, of this one, and of processes that are known to be dead. A process
 * that is not known has just started.
 */
export const takeWebhooks = `
  update webhooks set worker = $4
   where phone_number_id = $1 and entry = any (array (
     select entry from webhooks
      where phone_number_id = $1 and due_at_ms <= $2
        and (worker is null or worker = $4 or worker = any($5::text[]))
      order by due_at_ms, entry limit $3 for update skip locked))
  returning ${webhookColumns}, due_at_ms`;

export const nextWebhookDue =
  'select min(due_at_ms) from webhooks where phone_number_id = $1 and due_at_ms is not null';

export const webhooks = `
  select ${webhookColumns} from webhooks where phone_number_id = $1 and entry = any($2::bigint[])`;

/** Of webhooks whose tries are noted, those that wait and are in this process's hands. */
export const webhooksInHand = `
  select ${webhookColumns}
    from (select * from webhooks where phone_number_id = $1 and entry = any($2::bigint[]) offset 0) named
   where state = 'waiting' and (worker is null or worker = $3)`;

/** A webhook that waits for review is not settled yet. */
export const recordAttempts = `
  update webhooks w set state = s.state, due_at_ms = s.due_at_ms,
                        settled_at_ms = case when w.review is null then s.settled_at_ms end,
                        attempt_count = s.attempt_count, attempts = s.attempts, worker = null
    from unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::integer[], $7::text[])
      as s (entry, state, due_at_ms, settled_at_ms, attempt_count, attempts)
   where w.phone_number_id = $1 and w.entry = any($2::bigint[]) and w.entry = s.entry`;

/**
 * The users' next webhooks move up when the ones before them are done with. Citus 13 crashes where an update looks up a
 * value in an array.
 */
export const promoteWebhooks = `
  update webhooks w
     set due_at_ms = (select u.at_ms from unnest($2::bigint[], $3::bigint[]) as u (wa_id, at_ms) where u.wa_id = w.wa_id)
   where w.phone_number_id = $1 and w.due_at_ms is null and coalesce(w.review, '') <> 'held' and w.entry = any (array (
     select f.entry
       from unnest($2::bigint[]) as u (wa_id)
       join lateral (select entry from webhooks
                      where phone_number_id = $1 and wa_id = u.wa_id and state = 'waiting'
                      order by entry limit 1) f on true))`;

/** Some at a time, so that a number with very many is not held up. */
export const purgeWebhooks = `
  delete from webhooks
   where phone_number_id = $1 and entry = any (array (
     select entry from webhooks where phone_number_id = $1 and settled_at_ms <= $2
      order by settled_at_ms limit 1000))`;

export const makeWebhooksDue =
  'update webhooks set due_at_ms = $2 where phone_number_id = $1 and due_at_ms > $2';

/** Webhooks of a stretch of entries; what is filtered out is read on the way. */
export const listWebhooks = `
  select ${webhookColumns} from webhooks
   where phone_number_id = $1 and entry between $2 and $3
     and ($4::bigint is null or wa_id = $4) and ($5::text is null or state = $5)
   order by entry limit $6`;

export const webhooksSliceEnd = `
  select entry from webhooks where phone_number_id = $1 and entry >= $2 order by entry limit 1 offset ${sliceRows - 1}`;

/** The latest of a user's webhooks that was tried. */
export const latestTriedWebhook = `
  select ${webhookColumns} from webhooks
   where phone_number_id = $1 and wa_id = $2 and attempt_count > 0 order by entry desc limit 1`;

/** Sent again, in front of whatever of the same user waits; only what is done with. */
export const redeliverWebhook = `
  update webhooks set state = 'waiting', due_at_ms = $3, settled_at_ms = null, worker = null
   where phone_number_id = $1 and entry = any($2::bigint[]) and state in ('delivered', 'given_up') returning wa_id`;

export const holdBackWebhooks = `
  update webhooks set due_at_ms = null
   where phone_number_id = $1 and wa_id = $2 and state = 'waiting' and entry > $3`;

const reviewColumns = `${webhookColumns}, rule_id, review`;

/** Webhooks whose messages wait for a person's look. */
export const reviews = `
  select ${reviewColumns} from webhooks
   where phone_number_id = $1 and review is not null and entry > $2 order by entry limit $3`;

export const review = `
  select ${reviewColumns} from webhooks where phone_number_id = $1 and entry = $2 and review is not null`;

/** Whether a person has to decide before anything of a user leaves. */
export const heldWebhook = `
  select 1 from webhooks
   where phone_number_id = $1 and wa_id = $2 and state = 'waiting' and review = 'held' limit 1`;

export const reviewCount = 'select count(*) from webhooks where phone_number_id = $1 and review is not null';

/** On its way, unless another one of its user is before it. */
export const releaseReview = `
  update webhooks w set state = 'waiting', review = null, worker = null,
    due_at_ms = case when exists (select from webhooks b where b.phone_number_id = $1 and b.wa_id = w.wa_id
                                     and b.state = 'waiting' and b.entry < $2) then null else $3::bigint end
   where w.phone_number_id = $1 and w.entry = $2 and w.review is not null`;

export const discardReview = `
  update webhooks set state = 'discarded', review = null, due_at_ms = null, settled_at_ms = $3
   where phone_number_id = $1 and entry = $2 and review is not null`;

/** A message that passed stays on its way, if it still is. */
export const approveReview = `
  update webhooks set review = null, settled_at_ms = case when state <> 'waiting' then $3::bigint end
   where phone_number_id = $1 and entry = $2 and review is not null`;

export const bucket = 'select empty_at_ms from buckets where phone_number_id = $1 and key_id = $2';

export const addBucket = `
  insert into buckets (phone_number_id, key_id, empty_at_ms) values ($1, $2, $3) on conflict do nothing returning 1`;

/** Only if nobody has changed it since it was read. */
export const changeBucket = `
  update buckets set empty_at_ms = $3 where phone_number_id = $1 and key_id = $2 and empty_at_ms = $4 returning 1`;

const numberColumns = `
  phone_number_id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms, webhook, upstream,
  made`;

export const number = `select ${numberColumns} from numbers where phone_number_id = $1`;

export const numbersById = `select ${numberColumns} from numbers where phone_number_id = any($1::text[])`;

export const numbers = `select ${numberColumns} from numbers order by made`;

/** The place of a new number among all that were ever made. */
export const nextNumber = "update counters set value = value + 1 where name = 'numbers' returning value";

export const addNumber = `
  insert into numbers
    (phone_number_id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms, webhook, upstream,
     made)
  overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

export const changeNumber = `
  update numbers set wa_id = $2, display_phone_number = $3, verified_name = $4, waba_id = $5, portfolio_id = $6,
                     webhook = $7, upstream = $8
   where phone_number_id = $1`;

const counted = (statement: string) => `with gone as (${statement} returning 1) select count(*) from gone`;

/** All of a number's rows in a table that holds few. Answers how many. */
const removeAll = (table: string) => counted(`delete from ${table} where phone_number_id = $1`);

/**
 * Some of a number's rows, by what they are named by: a table may hold millions, and no statement may take long. Rows
 * are not picked by where they lie: one that is written meanwhile lies elsewhere, and would stay. Answers how many.
 */
const removeSome = (table: string, key: string) =>
  counted(`delete from ${table}
     where phone_number_id = $1 and ${key} = any (array (
       select ${key} from ${table} where phone_number_id = $1 order by ${key} limit 10000))`);

/** Activity is ordered by time: the oldest goes first. */
const removeOldest = counted(`delete from activity
     where phone_number_id = $1 and (at_ms, entry) <= (${lastOf('true', '10000')})`);

/** Batches of messages are ordered by time, and large. */
const removeKept = (condition: string, count: string) =>
  counted(`delete from kept_messages
     where phone_number_id = $1 and (at_ms, batch) in (
       select at_ms, batch from kept_messages
        where phone_number_id = $1 and ${condition} order by at_ms, batch limit ${count})`);

export const purgeKeptBatches = removeKept('at_ms < $2', '$3');

/**
 * Each is repeated until nothing is left. The list's row goes first: it is what every change of the number waits for.
 */
export const removeNumber = [
  removeAll('lists'),
  removeSome('blocks', 'position'),
  removeSome('windows', 'wa_id'),
  removeOldest,
  removeSome('webhooks', 'entry'),
  removeSome('standing', 'wa_id'),
  removeAll('traffic'),
  removeAll('rule_counts'),
  removeKept('true', '1000'),
  removeSome('messages', 'message_id'),
  removeAll('meta_webhooks'),
  removeAll('buckets'),
  removeAll('numbers'),
];

const userNameColumns = 'name, kind, user_key, since_ms, until_ms';

/**
 * Every name of the users that some names lead to, and of some users. `$1` is the directory: it is what these rows
 * would be distributed by. The offset keeps the planner from joining.
 */
export const userNames = `
  select n.name, n.kind, n.user_key, n.since_ms, n.until_ms
    from (select f.user_key from unnest($2::text[]) as w (name)
            join lateral (select user_key from user_names
                           where directory = $1 and name = w.name limit 1) f on true
          union select unnest($3::bigint[])) u
    join lateral (select ${userNameColumns} from user_names
                   where directory = $1 and user_key = u.user_key offset 0) n on true`;

export const putUserNames = `
  insert into user_names (directory, ${userNameColumns})
  select $1, * from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
  on conflict (directory, name) do update set
    kind = excluded.kind, user_key = excluded.user_key, since_ms = excluded.since_ms, until_ms = excluded.until_ms`;

export const allUserNames = `
  select ${userNameColumns} from user_names where directory = $1 order by name collate "C"`;

export const removeUserNames = 'delete from user_names where directory = $1';

/* The rows of users on a number, as they are when a user gets another key. */

export const lockVersion = 'select version, size from lists where phone_number_id = $1 for update';

export const setVersion = 'update lists set version = $2, size = $3 where phone_number_id = $1';

export const userBlocks = `
  select wa_id, position, blocked_at_ms, key_id, person, source, note, until_ms, dropped_before
    from blocks where phone_number_id = $1 and wa_id = any($2::bigint[])`;

export const userStandings = `
  select wa_id, placed_at_ms, key_id, person, source, note, until_ms
    from standing where phone_number_id = $1 and wa_id = any($2::bigint[])`;

export const userWindows = `
  select wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks, name, last_outbound_ms,
         coalesce(known_from_ms, last_inbound_ms)
    from windows where phone_number_id = $1 and wa_id = any($2::bigint[])`;

export const removeWindows = 'delete from windows where phone_number_id = $1 and wa_id = any($2::bigint[])';

export const allBlocks = `
  select wa_id, position, blocked_at_ms, key_id, person, source, note, until_ms, dropped_before
    from blocks where phone_number_id = $1 order by position`;

export const allStanding = `
  select wa_id, placed_at_ms, key_id, person, source, note, until_ms
    from standing where phone_number_id = $1 order by wa_id`;

export const allWindows = `
  select wa_id, last_inbound_ms, dropped, last_dropped_ms, ticks, name, last_outbound_ms,
         coalesce(known_from_ms, last_inbound_ms)
    from windows where phone_number_id = $1 order by wa_id`;

const keyColumns = 'id, hash, name, role, numbers, created_at_ms, expires_at_ms';

export const keys = `select ${keyColumns} from keys order by created_at_ms, made`;

export const keysByHash = `select ${keyColumns} from keys where hash = any($1::text[])`;

export const addKey = `
  insert into keys (id, hash, name, role, numbers, created_at_ms, expires_at_ms)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`;

export const removeKey = 'delete from keys where id = $1 returning 1';

const profileColumns = 'kind, name, username, phone_hidden';

export const user = `select ${profileColumns} from users where wa_id = $1`;

export const users = `select wa_id, ${profileColumns} from users order by wa_id`;

export const putUsers = `
  insert into users (wa_id, kind, name, username, phone_hidden)
  select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[])
  on conflict (wa_id) do update set
    kind = excluded.kind, name = excluded.name, username = excluded.username, phone_hidden = excluded.phone_hidden`;

export const removeUsers = 'delete from users';

export const settingsByName = 'select name, value from settings where name = any($1::text[])';

export const putSetting = `
  insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value`;

export const addMessages = `
  insert into messages (phone_number_id, message_id, at_ms, callback_data, until_ms)
  ${rowsOfNumber('$2::text[], $3::bigint[], $4::text[], $5::bigint[]')}
  on conflict (phone_number_id, message_id) do update set
    at_ms = excluded.at_ms, callback_data = excluded.callback_data, until_ms = excluded.until_ms`;

export const purgeMessages = `
  delete from messages where phone_number_id = $1 and message_id = any (array (
    select message_id from messages where phone_number_id = $1 and until_ms <= $2 order by until_ms limit 1000))`;

export const callbackData =
  'select callback_data from messages where phone_number_id = $1 and message_id = $2';

export const lastWebhook = 'select last_at_ms from meta_webhooks where phone_number_id = $1';

export const putLastWebhook = `
  insert into meta_webhooks (phone_number_id, last_at_ms) values ($1, $2)
  on conflict (phone_number_id) do update set last_at_ms = excluded.last_at_ms`;

export const session =
  'select token_hash, key_hash, person, number_id, expires_at_ms from sessions where token_hash = $1';

/** A session is added once: a repeat, after an answer that was lost, finds it there. */
export const addSession = `
  insert into sessions (token_hash, key_hash, person, number_id, expires_at_ms) values ($1, $2, $3, $4, $5)
  on conflict (token_hash) do nothing`;

export const removeSession = 'delete from sessions where token_hash = $1';

export const purgeSessions = `
  delete from sessions where token_hash = any (array (
    select token_hash from sessions where expires_at_ms <= $1 order by expires_at_ms limit 100))`;

export const bulkRun = 'select record from bulk_runs where key_id = $1 and id = $2 and until_ms > $3';

export const putBulkRun = `
  insert into bulk_runs (key_id, id, record, until_ms) values ($1, $2, $3, $4)
  on conflict (key_id, id) do update set record = excluded.record, until_ms = excluded.until_ms`;

export const bulkResults =
  'select results from bulk_results where key_id = $1 and id = $2 and chunk = $3 and until_ms > $4';

export const putBulkResults = `
  insert into bulk_results (key_id, id, chunk, results, until_ms) values ($1, $2, $3, $4, $5)
  on conflict (key_id, id, chunk) do update set results = excluded.results, until_ms = excluded.until_ms`;

export const purgeBulkRuns = `
  delete from bulk_runs where (key_id, id) in
    (select key_id, id from bulk_runs where until_ms <= $1 order by until_ms limit 100)`;

export const purgeBulkResults = `
  delete from bulk_results where (key_id, id, chunk) in
    (select key_id, id, chunk from bulk_results where until_ms <= $1 order by until_ms limit 100)`;

export const removeBulkRuns = 'delete from bulk_runs';

export const removeBulkResults = 'delete from bulk_results';

/** Changes of what belongs to no number take turns. Two that share a lock only wait for each other. */
export const lockGlobal = 'select id from locks where id = abs(hashtext($1)) % 64 for update';

export const heartbeat = `
  insert into workers (id, alive_until) values ($1, now() + $2 * interval '1 millisecond')
  on conflict (id) do update set alive_until = excluded.alive_until`;

/** Processes that have fallen silent, and whether so long ago that none of their writes can still be under way. */
export const deadWorkers = `
  select id, alive_until <= now() - interval '1 day' as is_long_gone
    from workers where alive_until <= now() and id <> $1`;

export const removeWorkers = 'delete from workers where id = any($1::text[])';

/** Gone as of now, for others to see. */
export const leave = 'update workers set alive_until = now() where id = $1';
