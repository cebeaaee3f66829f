/** All the words of the panel. Another language is an object of the same shape. */
const plural = (n: number, one: string, many: string) => (n === 1 ? one : many);

export const en = {
  language: { code: 'en', direction: 'ltr' as 'ltr' | 'rtl' },
  product: 'Blockhouse',
  skip: 'Skip to the content',
  offline: 'The server cannot be reached just now. The page may be out of date.',
  nav: {
    label: 'Pages',
    open: 'Show or hide the pages',
    phone: 'Sandbox phone',
    numbers: 'Numbers',
    blocked: 'Blocked',
    standing: 'Standing blocks',
    activity: 'Activity',
    check: 'Check a customer',
    reference: 'API reference',
  },
  colors: { label: 'Colors', auto: 'System', light: 'Light', dark: 'Dark' },
  account: {
    label: 'Account',
    signedInAs: (name: string) => `Signed in with "${name}"`,
    signOut: 'Sign out',
  },
  signIn: {
    title: 'Sign in to Blockhouse',
    key: 'Key',
    hint: 'Your key of this server. The sandbox prints one when it starts.',
    empty: 'Enter your key.',
    expired: 'Your session has ended. Sign in again. Your changes are saved.',
    show: 'Show the key',
    linkOver: 'This link has expired. Open the page that shows it again.',
  },
  number: {
    label: 'Number',
    none: 'There is no number yet',
    noneHint: 'An administrator adds one through the API or the command line.',
    unknown: (id: string) => `Your key does not open the number ${id}`,
    unknownHint: 'It may have been removed, or your key is for other numbers.',
    choose: 'Show my numbers',
  },
  numbers: {
    title: 'Numbers',
    platform: { local: 'This server', cloud: 'Meta' },
    blocked: 'Blocked',
    standing: 'Standing blocks',
    dropped: 'Dropped today',
    open: (name: string) => `Show who is blocked on ${name}`,
    health: {
      ok: (when: string) => `Meta answers. Last good answer: ${when}`,
      unknown: 'No request to Meta yet',
      limited: (until: string | null) =>
        until === null
          ? 'Meta asks for fewer requests'
          : `Meta asks for fewer requests. The next one goes out ${until}`,
      failing: (problem: string) => `Meta fails: ${problem}`,
    },
    /** The person who has to act, and the action, by problem. */
    advice: {
      token:
        'An administrator of Blockhouse has to give this number a new token of Meta. Your own key is fine.',
      permission:
        'An administrator of your business at Meta has to give the token its permissions: Business settings, system user, whatsapp_business_messaging and whatsapp_business_management.',
      number:
        'An administrator has to check the phone number ID, and in the Business settings at Meta that the system user of the token has the account.',
      app_secret:
        "An administrator of Blockhouse has to set the app secret of the token's app for this number.",
      account:
        'Meta has restricted the business account. An administrator of your business looks at Account quality in WhatsApp Manager, and asks for a review there.',
      rate_limit: 'Blockhouse waits as long as Meta says. Nobody has to act.',
      failing: 'The problem is at Meta. Wait, and check its status page.',
      unreachable:
        "An administrator of Blockhouse has to check the server's network, and the address of Meta that is set for this number.",
    } as Readonly<Record<string, string>>,
    subscription: {
      subscribed: (apps: string) => `Meta sends webhooks to ${apps}`,
      unsubscribed: 'Meta sends no webhooks: no app is subscribed to the account',
      onlyAdmins: 'Only an administrator can see whether Meta sends webhooks',
      notKnown: 'Meta did not say whether it sends webhooks',
      subscribe: 'Subscribe the app',
      subscribedNow: 'Meta sends webhooks from now on.',
      notSubscribed: 'The app could not be subscribed',
    },
    lastTold: (when: string) => `Last webhook from Meta: ${when}`,
    neverTold: 'No webhook from Meta yet: standing blocks cannot be placed',
    receiver: {
      none: 'No webhook is set: no program receives messages',
      unknown: (url: string) => `${url}: nothing was sent yet`,
      ok: (url: string, when: string) => `${url} accepted the last webhook ${when}`,
      failing: (url: string, when: string, problem: string) =>
        `${url} did not accept the last webhook ${when}: ${problem}`,
      advice: 'The operator of this address has to check it. It must answer with status 200.',
    },
  },
  blocked: {
    title: 'Blocked',
    block: 'Block users',
    count: (n: string) => `${n} blocked`,
    search: 'Search by phone, name or note',
    sort: 'Sort by',
    sorts: {
      '-blocked_at': 'Newest first',
      blocked_at: 'Oldest first',
      name: 'Name',
      '-dropped': 'Most dropped',
      until: 'Ending soonest',
    },
    picked: (text: string) => `${text} selected`,
    unblockPicked: 'Unblock',
    clear: 'Clear the selection',
    columns: {
      pick: 'Select',
      user: 'User',
      country: 'Country',
      since: 'Since',
      by: 'By',
      note: 'Note',
      until: 'Until',
      dropped: 'Dropped',
      more: 'Actions',
    },
    pick: (who: string) => `Select ${who}`,
    more: (who: string) => `Actions for ${who}`,
    copy: 'Copy the number',
    copied: (text: string) => `${text} is copied.`,
    notCopied: 'Your browser did not allow copying',
    notCopiedHint: (text: string) => `Select the number here and copy it yourself: ${text}`,
    unblock: 'Unblock',
    keys: 'Arrow keys move, Space selects, Enter opens the actions.',
    elsewhere: 'Blocked elsewhere',
    forGood: 'Permanent',
    atMeta: 'Reading the list from Meta. A long list can take a minute.',
    empty: 'Nobody is blocked on this number',
    emptyHint: 'Block somebody who has written to you in the last 24 hours, or place a standing block.',
    nothing: 'No matches',
    unblocked: (n: number, text: string) =>
      plural(n, `${text} is unblocked.`, `${text} users are unblocked.`),
    notKnown: (n: number, text: string) =>
      plural(n, `Not known whether ${text} is unblocked`, `Not known whether ${text} users are unblocked`),
    undo: 'Undo',
    undone: (n: number) => plural(n, 'Blocked again.', `${n} users are blocked again.`),
    notUndone: 'They could not be blocked again',
  },
  block: {
    title: 'Block users',
    users: 'Users',
    usersHint:
      'Phone numbers with their country codes: one a line, pasted from anywhere, or a CSV file dropped here.',
    file: 'Choose a CSV file',
    removeFile: (name: string) => `Remove ${name}`,
    tooLarge: 'This file is larger than 14 MB. Split it.',
    unreadable: 'The list could not be read. Check your connection and load this page again.',
    chooseFirst: 'Choose the column that holds the phone numbers first.',
    removeFirst: 'This list cannot be read. Remove it, or give another one.',
    entries: {
      good: (n: number, text: string) => plural(n, '1 user', `${text} users`),
      duplicate: (n: number, text: string) =>
        plural(n, '1 duplicate, left out', `${text} duplicates, left out`),
      left: (n: number, text: string) =>
        plural(
          n,
          '1 entry was not understood and is left out',
          `${text} entries were not understood and are left out`,
        ),
    },
    understood: 'Users to block',
    notUnderstood: 'Not understood',
    inCountry: (country: string, users: string) => `${country}: ${users}`,
    writtenAs: 'written as',
    line: (line: string) => `Line ${line}`,
    meant: (suggestions: readonly string[]) => `Did you mean ${suggestions.join(' or ')}?`,
    /** Why something in a list is nobody, and what to do. */
    problems: {
      empty: 'There is no phone number in this row.',
      too_long: 'This is too long for a phone number.',
      parent_id:
        'This is an ID with ENT, which cannot be blocked. Use the ID without ENT, or the phone number.',
      no_phone_in_link: 'There is no phone number in this link.',
      decimal: 'This is an amount, not a phone number.',
      rounded:
        'The spreadsheet has rounded this number, so digits are lost. Format the column as text and save the file again.',
      date: 'This is a date, not a phone number.',
      tax_number: 'This is a tax number, not a phone number.',
      national: 'The country code is missing. Write it with +, or choose the country below.',
      ambiguous: 'The country code may be missing, so this could be somebody else. Write it with +.',
      impossible: 'No country has a number like this. Check it for typing errors.',
      several: 'There is more than one phone number here. Put each on a line of its own.',
      beside_words: 'A number stands beside other words. Put it on a line of its own, or write it with +.',
      not_a_user: 'This is not a phone number.',
      cell_count: 'This row has more or fewer cells than the first one. Check its quotes.',
      until: 'This expiry is not a time. Write it like 2027-01-31T18:00:00Z.',
      over: 'This expiry is in the past.',
      note: 'The note of this row is longer than 1,000 characters. Shorten it.',
    },
    questions: {
      none_named: 'Which column holds the phone numbers? No column is named so.',
      several_named: 'Which column holds the phone numbers? More than one could.',
      unknown_column: 'Which column holds the phone numbers? The chosen one is not there.',
    },
    column: (name: string, sample: string) => (sample === '' ? name : `${name}: ${sample}, …`),
    files: {
      excel: 'This is an Excel workbook. Open it, save it as CSV (UTF-8), and choose that file.',
      opendocument: 'This is an OpenDocument file. Open it, save it as CSV, and choose that file.',
      numbers: 'This is a Numbers document. Export it to CSV in Numbers, and choose that file.',
      zip: 'This is an archive. Unpack it, and choose the CSV file in it.',
      pdf: 'This is a PDF. Copy the numbers out of it and paste them here.',
      rtf: 'This is a formatted document. Save it as plain text, and choose that file.',
      image: 'This is a picture. Type the numbers here.',
      binary: 'This file is not a list. Choose a CSV or text file with a phone number on each line.',
    },
    brokenCsv: 'This CSV file is broken: check its quotes, or save it again.',
    country: 'Which country are the numbers without a country code from?',
    countryHint: 'Only choose one if they are all from there.',
    noCountry: 'None: leave them out',
    ownDetails: 'Notes and expiries in the list apply to their rows. The values here apply to all others.',
    keepsEnds: 'The list has very many different notes, so users who are blocked already keep their expiry.',
    note: 'Reason',
    noteHint: 'For your colleagues; the user never sees it.',
    duration: 'Duration',
    durations: { good: 'Permanent', '1h': '1 hour', '24h': '24 hours', '7d': '7 days', '30d': '30 days' },
    where: 'Numbers',
    here: (name: string) => `On ${name}`,
    everywhere: 'On all numbers',
    submit: (n: number, text: string) => plural(n, 'Block 1 user', `Block ${text} users`),
    submitOn: (n: number, text: string, numbers: string) =>
      plural(n, `Block 1 user on ${numbers} numbers`, `Block ${text} users on ${numbers} numbers`),
    empty: 'Enter at least one phone number.',
    nobody: 'No phone number was found.',
    workingOn: (n: number, text: string, numbers: string) =>
      plural(n, `(1 user on ${numbers} numbers)`, `(${text} users on ${numbers} numbers)`),
    working: (done: string, total: string) => `${done} of ${total}`,
    progress: 'Progress',
    outcome: 'Results',
    /** On one number. */
    result: {
      blocked: (n: number, text: string) => plural(n, '1 user is blocked', `${text} users are blocked`),
      standing: (n: number, text: string) =>
        plural(
          n,
          '1 user will be blocked when they next write',
          `${text} users will be blocked when they next write`,
        ),
      partly: (n: number, text: string) =>
        plural(n, '1 user is not blocked', `${text} users are not blocked`),
      refused: (n: number, text: string) =>
        plural(n, '1 user is not blocked', `${text} users are not blocked`),
      unknown: (n: number, text: string) =>
        plural(n, '1 user: not known whether blocked', `${text} users: not known whether blocked`),
      remaining: (n: number, text: string) =>
        plural(n, '1 user was not tried', `${text} users were not tried`),
    },
    /** On several numbers: users are counted, and the numbers beside them. */
    resultOnNumbers: {
      blocked: (n: number, text: string, all: string) =>
        plural(
          n,
          `1 user is blocked on all ${all} numbers`,
          `${text} users are blocked on all ${all} numbers`,
        ),
      standing: (n: number, text: string, all: string) =>
        plural(
          n,
          `1 user is blocked or will be blocked when they next write, on all ${all} numbers`,
          `${text} users are blocked or will be blocked when they next write, on all ${all} numbers`,
        ),
      partly: (n: number, text: string, all: string) =>
        plural(
          n,
          `1 user is blocked on some of the ${all} numbers only`,
          `${text} users are blocked on some of the ${all} numbers only`,
        ),
      refused: (n: number, text: string, all: string) =>
        plural(
          n,
          `1 user is not blocked on any of the ${all} numbers`,
          `${text} users are not blocked on any of the ${all} numbers`,
        ),
      unknown: (n: number, text: string, _all: string) =>
        plural(
          n,
          '1 user: not known on every number whether blocked',
          `${text} users: not known on every number whether blocked`,
        ),
      remaining: (n: number, text: string, _all: string) =>
        plural(n, '1 user was not tried on every number', `${text} users were not tried on every number`),
    },
    /** For outcomes that differ between numbers; the names of the numbers follow. */
    places: {
      blocked: (n: number, text: string) => plural(n, 'Blocked on 1 number:', `Blocked on ${text} numbers:`),
      standing: (n: number, text: string) =>
        plural(
          n,
          'Blocked when they next write, on 1 number:',
          `Blocked when they next write, on ${text} numbers:`,
        ),
      refused: (n: number, text: string) =>
        plural(n, 'Not blocked on 1 number:', `Not blocked on ${text} numbers:`),
      unknown: (n: number, text: string) =>
        plural(n, 'Not known on 1 number:', `Not known on ${text} numbers:`),
      remaining: (n: number, text: string) =>
        plural(n, 'Not tried on 1 number:', `Not tried on ${text} numbers:`),
    },
    placed: {
      count: (blocks: string, numbers: string) => `(${blocks} standing blocks on ${numbers} numbers)`,
      refused: (n: number, text: string) =>
        plural(n, '1 user was refused a standing block:', `${text} users were refused a standing block:`),
      unknown: (n: number, text: string) =>
        plural(
          n,
          '1 user: not known whether the standing block was placed',
          `${text} users: not known whether their standing blocks were placed`,
        ),
      remaining: (n: number, text: string) =>
        plural(
          n,
          '1 user: no standing block was placed yet',
          `${text} users: no standing block was placed yet`,
        ),
    },
    broken: 'The work was interrupted',
    brokenHint: 'Only users who are really blocked are shown as blocked. Continue to work on the rest.',
    resume: 'Continue',
    standing: 'Block when they next write',
    lastWrote: (when: string) => `Last wrote ${when}`,
    neverWrote: 'Never wrote to this number',
    again: 'Block more users',
    done: 'Done',
    more: (n: string) => `and ${n} more`,
  },
  /** Why a user was refused, for people, and what to do next. */
  refusals: {
    invalid_format: 'This is not written as a phone number. Write it with + and the country calling code.',
    not_a_user: 'There is no WhatsApp account with this number. Check it for typing errors.',
    self: 'This is your own business number.',
    business: 'WhatsApp does not let a business block another business.',
    window_closed: 'Only people who messaged you in the last 24 hours can be blocked right now.',
    list_full: 'The list is full: 64,000 users are blocked. Unblock somebody to make room.',
  } as Readonly<Record<string, string>>,
  /** The same for an unblock, where it differs. */
  unblockRefusals: {
    business:
      'This is a WhatsApp Business account, which cannot be on a blocklist. There is nothing to unblock.',
    window_closed:
      'Not unblocked, for a reason that only concerns blocking. Look whether the user is still on the list, and try again.',
    list_full:
      'Not unblocked, for a reason that only concerns blocking. Look whether the user is still on the list, and try again.',
  } as Readonly<Record<string, string>>,
  standing: {
    title: 'Standing blocks',
    about: 'These users will be blocked the moment they next write. You will not see that message.',
    columns: {
      user: 'User',
      placed: 'Placed',
      by: 'By',
      note: 'Note',
      until: 'Until',
      last: 'Last wrote',
      more: 'Actions',
    },
    search: 'Search by phone, name or note',
    withdraw: 'Withdraw',
    withdrawOf: (who: string) => `Withdraw the standing block of ${who}`,
    withdrawn: (who: string) => `The standing block of ${who} is withdrawn.`,
    empty: 'No standing blocks on this number',
    emptyHint:
      'People who did not message you in the last 24 hours cannot be blocked right now. A standing block blocks them when they next write.',
    nothing: 'No matches',
    never: 'Never',
  },
  activity: {
    title: 'Activity',
    chart: 'Messages admitted and dropped, by the hour',
    admitted: 'Admitted',
    dropped: 'Dropped',
    filters: 'Filters',
    operation: 'What',
    outcome: 'Outcome',
    user: 'User',
    anything: 'Anything',
    operations: {
      block: 'Block',
      unblock: 'Unblock',
      standing_block: 'Standing block',
      withdraw: 'Withdraw',
      release: 'Deliver held message',
      discard: 'Discard held message',
      approve: 'Approve message',
    },
    outcomes: {
      done: 'Done',
      unchanged: 'No change needed',
      standing: 'Standing block placed instead',
      expired: 'Expired',
      unknown: 'Not known',
      failed: 'Failed',
      other: 'Refused',
      invalid_format: 'Refused: not written as a phone number',
      not_a_user: 'Refused: not on WhatsApp',
      self: 'Refused: own number',
      business: 'Refused: business account',
      window_closed: 'Refused: did not write within 24 hours',
      list_full: 'Refused: list is full',
    } as Readonly<Record<string, string>>,
    /** Operations on standing blocks have their own texts. */
    placed: 'Standing block placed',
    withdrawn: 'Standing block withdrawn',
    columns: { at: 'When', operation: 'What', user: 'User', outcome: 'Outcome', by: 'By', note: 'Note' },
    export: 'Export as CSV',
    empty: 'Nothing has happened yet',
    nothing: 'No matches for these filters',
    more: 'Show more',
    elsewhere: 'Elsewhere, at Meta',
    hourOf: (hour: string, admitted: string, dropped: string) =>
      `${hour}: ${admitted} admitted, ${dropped} dropped`,
  },
  check: {
    title: 'Check a customer',
    about: '"Their messages stopped." Enter the phone number to find out why.',
    user: 'Phone number',
    submit: 'Check',
    empty: 'Enter a phone number.',
    verdicts: {
      not_on_whatsapp: 'Not on WhatsApp',
      blocked: 'Blocked',
      standing: 'Standing block in place',
      held: 'Messages held for review',
      platform_failing: 'Meta does not answer',
      webhook_failing: 'Your receiver fails',
      no_webhook: 'No webhook set',
      blocked_elsewhere: 'Blocked on another number',
      never_wrote: 'Never wrote',
      window_closed: 'No message in the last 24 hours',
      fine: 'No problem found',
    } as Readonly<Record<string, string>>,
    byWhom: (who: string, when: string) => `By ${who}, ${when}`,
    lastWrote: (when: string) => `Last wrote ${when}`,
    neverWrote: 'Never wrote to this number',
    dropped: (n: number, text: string) => plural(n, '1 message dropped', `${text} messages dropped`),
    note: (note: string) => `Note: ${note}`,
    until: (when: string) => `Until ${when}`,
    unblock: 'Unblock on this number',
    withdraw: 'Withdraw the standing block',
    unblocked: (who: string) => `${who} is unblocked: what they write from now on arrives.`,
    withdrawn: (who: string) => `The standing block of ${who} is withdrawn.`,
    numbers: 'At each number',
  },
  phone: {
    title: 'Sandbox phone',
    about:
      'Write as a customer on the left, and see what your business receives on the right. Nothing here is real.',
    customer: 'The customer',
    from: 'Phone of the customer',
    message: 'Message',
    send: 'Send',
    sent: 'One gray tick: not delivered',
    delivered: 'Two gray ticks: delivered',
    nothingSaid: 'Nothing written yet. Say hello!',
    online: 'Sees the business online',
    offline: 'No longer sees the business online',
    business: 'Your business',
    inbox: 'Inbox',
    heard: 'Received',
    heardNothing: 'Nothing received yet.',
    quiet: 'Blocked: messages from this customer do not arrive.',
    block: 'Block this customer',
    unblock: 'Unblock this customer',
    webhooks: 'Webhooks',
    noWebhooks: 'No webhook was sent. Set a webhook for this number to receive each message.',
    clock: 'The clock',
    now: (time: string) => `It is ${time}`,
    advance: (span: string) => `Advance ${span}`,
    spans: { '1h': '1 hour', '25h': '25 hours', '30d': '30 days' },
    faults: 'Faults',
    faultHint: 'The next request to block then fails like this:',
    fault: {
      internal: 'Internal error (139103)',
      rate: 'Rate limit (130429)',
      disconnect: 'Connection breaks',
    },
    ordered: 'The next block will fail.',
    clear: 'Clear faults',
    cleared: 'All faults are cleared.',
    blockedNow: (who: string) => `${who} is blocked.`,
    unblockedNow: (who: string) => `${who} is unblocked.`,
  },
  common: {
    cancel: 'Cancel',
    close: 'Close',
    retry: 'Try again',
    loading: 'Loading',
    failed: 'This could not be loaded',
    notDone: 'This was not done',
    notKnown: 'It is not known whether this was done',
  },
  /** Problems on the way to the server. */
  errors: {
    unreachable: 'The server cannot be reached. Check your connection, then try again.',
    late: 'The server did not answer in time. Try again.',
    silent: 'The server did not report the result. Try again.',
    missingPart: 'A part of this page could not be loaded. Check your connection, then load the page again.',
  },
};

export type Messages = typeof en;

/** The catalogue in use. Set once, before the first render. */
export let t: Messages = en;

export function setMessages(messages: Messages): void {
  t = messages;
  document.documentElement.lang = messages.language.code;
  document.documentElement.dir = messages.language.direction;
}
