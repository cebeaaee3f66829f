import type { FastifyReply, FastifyRequest } from 'fastify';

const cookieName = 'blockhouse_session';

/** The session's token that a browser sends along by itself; null: none. */
export function sessionCookie({ headers }: FastifyRequest): string | null {
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  const own = cookies.find((cookie) => cookie.startsWith(`${cookieName}=`));
  return own?.slice(cookieName.length + 1) || null;
}

/** Scripts cannot read it, and no other site's pages make a browser send it. @param options.isSecure it never goes over plain http. */
export function setSessionCookie(
  reply: FastifyReply,
  {
    token,
    maxAgeS,
    isSecure,
  }: { readonly token: string; readonly maxAgeS: number; readonly isSecure: boolean },
): void {
  const parts = [`${cookieName}=${token}`, 'Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${maxAgeS}`];
  reply.header('set-cookie', [...parts, ...(isSecure ? ['Secure'] : [])].join('; '));
}
