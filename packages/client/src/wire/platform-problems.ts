/**
 * What can be wrong between Blockhouse and Meta for one number, with who has to act and how.
 * Codes: Meta, "WhatsApp Cloud API error codes" and "Graph API error handling".
 */
export const platformProblems = {
  token:
    'Meta refuses the token that Blockhouse holds for this number. An administrator of Blockhouse gives the number a new one: blockhouse numbers token.',
  permission:
    'The token lacks a permission. In the Business settings at Meta, give its system user whatsapp_business_messaging and whatsapp_business_management for this account.',
  number:
    'The token does not open this number. Check the phone number ID, and in the Business settings at Meta that the system user of the token has the account.',
  app_secret:
    "The app demands a proof of its app secret. Set upstream.app_secret to the secret of the token's app; set upstream.send_appsecret_proof to false where the app demands none.",
  account:
    'Meta has restricted the business account. Look at Account quality in WhatsApp Manager, and ask for a review there.',
  rate_limit: 'Meta asks for fewer requests. Blockhouse waits as long as Meta says; nobody has to act.',
  failing: 'Meta answers with errors of its own. Wait, and look at its status page.',
  unreachable:
    "Meta cannot be reached. Check the server's network, name lookup and clock, and upstream.base_url.",
} as const satisfies Record<string, string>;

export type PlatformProblem = keyof typeof platformProblems;
