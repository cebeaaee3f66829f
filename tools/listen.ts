import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Has an HTTP server listen on a free port of this machine until the end of a test.
 * @returns its address, without a slash at the end.
 */
export async function listen(scope: { after(run: () => void): void }, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
