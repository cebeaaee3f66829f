import type { TestContext } from 'node:test';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** What the package adds for functions in the cloud, and what would take from a browser what is tested with it. */
const unwanted = [
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
];

/** On a crowded machine a browser may die before it has begun; what it is asked after that is the tests'. */
const launchesMax = 3;

async function launch(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  const args = chromium.args.filter((arg) => !unwanted.includes(arg));
  for (let launches = 1; ; launches++) {
    try {
      return await playwright.launch({ executablePath, args, headless: true });
    } catch (error) {
      if (launches === launchesMax) throw error;
    }
  }
}

/** A real browser out of the npm registry, closed when the test ends. */
export async function launchBrowser(t: Pick<TestContext, 'after'>): Promise<Browser> {
  const browser = await launch();
  t.after(() => browser.close());
  return browser;
}
