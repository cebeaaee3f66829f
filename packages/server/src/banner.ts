import type { NumberRecord } from '@blockhouse/engine';

/** What a person reads when the sandbox has started; the curl line works when pasted. */
export function sandboxBanner(options: {
  url: string;
  number: NumberRecord | null;
  key: string | null;
  store: string;
}): string {
  const { url, number, key, store } = options;
  // Somebody has removed the demo: what is left to say is where the server is.
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

/** The same for a server without the sandbox. `firstKey` is shown when it has just been made, and never again. */
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
