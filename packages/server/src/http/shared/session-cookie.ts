import type { FastifyReply, FastifyRequest } from 'fastify';

const cookieName = 'blockhouse_session';

/** The token of a session from the cookie; null: none. */
export function sessionCookie({ headers }: FastifyRequest): string | null {
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  const own = cookies.find((cookie) => cookie.startsWith(`${cookieName}=`));
  return own?.slice(cookieName.length + 1) || null;
}

/** Sets a cookie that scripts cannot read and other sites cannot use. @param options.isSecure it is only sent over https. */
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
