import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../../../tools/browser.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A page that has nothing but the SDK and its scenarios, as a browser loads modules: no bundler, no Node. */
const page = `<!doctype html>
<script type="importmap">{"imports": {"@blockhouse/client": "/src/index.ts"}}</script>
<script type="module">
  import { BlockUsersClient } from '@blockhouse/client';
  import { play } from '/test/scenarios.ts';
  globalThis.playScenario = (name, options) => play(name, new BlockUsersClient(options));
</script>`;

/** Opens that page in Chromium, on an origin of its own. */
export async function openPageWithSdk(t: TestContext, phoneNumberId: string) {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === '/') {
      response.setHeader('content-type', 'text/html').end(page);
      return;
    }
    if (!path.endsWith('.ts')) {
      response.writeHead(404).end();
      return;
    }
    const code = stripTypeScriptTypes(readFileSync(join(root, path), 'utf8'));
    response.setHeader('content-type', 'text/javascript').end(code);
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const browser = await launchBrowser(t);
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await tab.waitForFunction('globalThis.playScenario !== undefined');
  return {
    play: (name: string, options: { baseUrl: string; token: string }): Promise<unknown> =>
      tab.evaluate(
        ([which, given]) =>
          (
            globalThis as unknown as { playScenario: (name: string, options: object) => Promise<unknown> }
          ).playScenario(which, given),
        [name, { ...options, phoneNumberId }] as const,
      ),
  };
}
