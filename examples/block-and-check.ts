// Blocks users, says of each whether they are blocked, and asks the list to be sure.
//   TOKEN=… PHONE_NUMBER_ID=… npm run -s example examples/block-and-check.ts +16505551234 +14155559876
// BASE_URL is a Blockhouse server's address; without it the request goes to Meta.
import { BlockUsersClient } from '@blockhouse/client';

const { TOKEN: token = '', PHONE_NUMBER_ID: phoneNumberId = '', BASE_URL: baseUrl } = process.env;
const client = new BlockUsersClient({ token, phoneNumberId, ...(baseUrl && { baseUrl }) });
const users = process.argv.slice(2);

const { blocked, refused } = await client.block(users);
for (const { user } of blocked) console.log(`${user} is blocked`);
for (const { user, explanation } of refused) console.log(`${user} is not: ${explanation}`);

// Each is true, false or 'unknown'.
const states = await client.areBlocked(users);
console.log(`${states.filter((state) => state === true).length} of ${users.length} are on the list`);
