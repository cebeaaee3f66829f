import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';

/** A host name or address, with or without a port. The header can contain anything. */
const hostForm = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * The origin at which the client reaches this server, for links and cookies. Unless it is configured, the request states it, or a
 * proxy that is trusted.
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

/** The address that accepted the connection. */
function localHost({ socket }: FastifyRequest): string {
  const { localAddress = '127.0.0.1', localPort } = socket;
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}
