import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';
import { asOldestBrowser } from './browser-support.ts';
import { sharedProgram } from './shared-programs.ts';

/**
 * Arguments that the package adds for functions in the cloud, and arguments that would turn off what the tests need.
 */
const unwanted = [
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
];

/** On a crowded machine a browser may die before it has begun; what it is asked after that is the tests'. */
const launchesMax = 3;

/** Names the browser's program in the environment of the tests. */
export const browserVariable = 'TEST_BROWSER';

/**
 * Unpacks the browser into a new folder. The package unpacks into the temporary folder of its process, so it gets a
 * process.
 */
export async function unpackBrowser(): Promise<{ folder: string; place: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'blockhouse-browser-'));
  const script = `import chromium from '@sparticuz/chromium'; process.stdout.write(await chromium.executablePath())`;
  const { stdout: place } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('.', import.meta.url)), env: { ...process.env, TMPDIR: folder } },
  );
  return { folder, place };
}

const browserProgram = sharedProgram(browserVariable, unpackBrowser);

/** @param folder the temporary folder of the browser, where a browser that is killed leaves files. */
async function launch(folder: string): Promise<Browser> {
  const executablePath = await browserProgram();
  const args = chromium.args.filter((arg) => !unwanted.includes(arg));
  const env = { ...process.env, TMPDIR: folder } as Record<string, string>;
  for (let launches = 1; ; launches++) {
    try {
      return await playwright.launch({ executablePath, args, env, headless: true });
    } catch (error) {
      if (launches === launchesMax) throw error;
    }
  }
}

/** The browser of this test file, and its temporary folder. A browser costs more to start than most tests need. */
let shared: Promise<{ readonly browser: Browser; readonly folder: string }> | null = null;

async function startShared() {
  const folder = mkdtempSync(join(tmpdir(), 'blockhouse-browser-'));
  try {
    const browser = await launch(folder);
    const newContext = browser.newContext.bind(browser);
    browser.newContext = async (options) => {
      const context = await newContext(options);
      await context.addInitScript(asOldestBrowser);
      return context;
    };
    return { browser, folder };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

after(async () => {
  if (shared === null) return;
  const { browser, folder } = await shared;
  await browser.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/**
 * A real browser out of the npm registry. It is a recent one; its pages do without what the oldest supported browsers lack.
 * The tests of a file share it, and everything that a test has opened in it is closed when the test ends.
 */
export async function launchBrowser(t: Pick<TestContext, 'after'>): Promise<Browser> {
  shared ??= startShared();
  const { browser } = await shared;
  t.after(() => Promise.all(browser.contexts().map((context) => context.close())));
  return browser;
}
