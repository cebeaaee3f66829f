// Pages through a list that changes meanwhile. Meta then refuses the old cursor with 139102: whoever pages by hand
// starts again from the beginning, and leaves out whom they have seen.
//   TOKEN=… PHONE_NUMBER_ID=… npm run -s example examples/recover-from-139102.ts
import { BlockUsersClient, ListChangedError } from '@blockhouse/client';

const { TOKEN: token = '', PHONE_NUMBER_ID: phoneNumberId = '', BASE_URL: baseUrl } = process.env;
const client = new BlockUsersClient({ token, phoneNumberId, ...(baseUrl && { baseUrl }) });

const seen = new Set<string>();
let after: string | undefined;
while (true) {
  try {
    const page = await client.list({ limit: 2, ...(after && { after }) });
    for (const { waId, userId } of page) seen.add(waId ?? userId ?? '');
    if (!page.hasNext || page.cursors === null) break;
    after = page.cursors.after;
    // Somebody else unblocks a user while we read.
    if (seen.size === 2) await client.unblock([[...seen][0] ?? '']);
  } catch (error) {
    if (!(error instanceof ListChangedError)) throw error;
    console.log('the list has changed: starting again');
    after = undefined;
  }
}
console.log(`${seen.size} users seen`);

// The SDK does all that by itself.
let current = 0;
for await (const _ of client.listAll({ onConflict: 'restart' })) current++;
console.log(`${current} users blocked now`);
