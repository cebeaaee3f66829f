import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';

/** A name or an address, with or without a port; a client may write anything into the header. */
const hostForm = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * The origin at which the client reaches this server, for every link and cookie: the one that is configured; otherwise what the
 * request says, where Fastify has taken the word of trusted proxies and of nobody else.
 */
export function ownOrigin({ publicUrl }: Pick<Config, 'publicUrl'>, request: FastifyRequest): string {
  if (publicUrl !== null) return publicUrl;
  const scheme = request.protocol === 'https' ? 'https' : 'http';
  return `${scheme}://${hostForm.test(request.host) ? request.host : localHost(request)}`;
}

/** Whether the client reaches this server over TLS. */
export function isSecure(config: Pick<Config, 'publicUrl'>, request: FastifyRequest): boolean {
  return ownOrigin(config, request).startsWith('https:');
}

/** Where the connection was accepted. */
function localHost({ socket }: FastifyRequest): string {
  const { localAddress = '127.0.0.1', localPort } = socket;
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}
