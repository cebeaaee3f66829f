import type { NumberRecord } from '@blockhouse/engine';

/** The banner of a sandbox. Its curl commands work when pasted. */
export function sandboxBanner(options: {
  url: string;
  number: NumberRecord | null;
  key: string | null;
  store: string;
}): string {
  const { url, number, key, store } = options;
  // Without the demo number or its key, no command would work.
  if (number === null || key === null) return serverBanner({ url, firstKey: null, store });
  return `
  Blockhouse sandbox

  Panel       ${url}/
  Reference   ${url}/docs
  Number      ${number.id}  (${number.displayPhoneNumber})
  Key         ${key}
  Store       ${store}

  Write as a user, then block them:

  curl -s -X POST ${url}/sandbox/users/16505551234/messages \\
    -H 'Authorization: Bearer ${key}' \\
    -H 'Content-Type: application/json' -d '{"text":"buy gold"}'

  curl -s ${url}/v25.0/${number.id}/block_users \\
    -H 'Authorization: Bearer ${key}' \\
    -H 'Content-Type: application/json' \\
    -d '{"messaging_product":"whatsapp","block_users":[{"user":"+16505551234"}]}'

`;
}

/** The banner of a server without the sandbox. `firstKey` is a new admin key, which is shown only once. */
export function serverBanner(options: { url: string; firstKey: string | null; store: string }): string {
  const { url, firstKey, store } = options;
  const keyLines =
    firstKey === null
      ? ''
      : `  Admin key   ${firstKey}\n              shown this once: keep it in a safe place\n`;
  return `
  Blockhouse

  Listening   ${url}
  Reference   ${url}/docs
${keyLines}  Store       ${store}

`;
}
