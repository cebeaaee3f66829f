// Writes the whole blocklist as CSV to standard output.
//   TOKEN=… PHONE_NUMBER_ID=… npm run -s example examples/export-list.ts > blocked.csv
import { BlockUsersClient } from '@blockhouse/client';

const { TOKEN: token = '', PHONE_NUMBER_ID: phoneNumberId = '', BASE_URL: baseUrl } = process.env;
const client = new BlockUsersClient({ token, phoneNumberId, ...(baseUrl && { baseUrl }) });

console.log('wa_id,user_id');
// 1,000 rows a request; should the list change meanwhile, it is read again, and nobody is written twice.
for await (const { waId, userId } of client.listAll({ onConflict: 'restart' })) {
  console.log(`${waId ?? ''},${userId ?? ''}`);
}
