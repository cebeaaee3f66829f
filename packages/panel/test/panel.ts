import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Config } from '@blockhouse/server';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../../tools/browser.ts';
import { demoNumber, type Running, startServer } from '../../server/test/harness.ts';
import type { Language } from '../src/i18n/languages.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Where screenshots go that the README shows; nowhere unless they are asked for. */
const shotsFolder = process.env['SCREENSHOTS'];

export interface PanelOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** Another language than English, chosen after the sign-in. */
  readonly language?: Language;
  readonly over?: Partial<Config>;
}

/** A real browser in front of a server, and what went wrong on its pages: nothing, when the test ends. */
export async function startPanel(t: TestContext, options: PanelOptions = {}) {
  const running = await startServer(t, options.over);
  const browser = await launchBrowser(t);
  return {
    running,
    browser,
    ...(await openPanel(t, { ...options, browser, url: running.url, key: running.key })),
  };
}

/** Adds a number, named "At Meta", that is at an upstream. */
export async function addNumberAtMeta(
  { call }: Running,
  baseUrl: string,
  more: { readonly webhook?: object } = {},
): Promise<void> {
  const { status, body } = await call('POST', '/blockhouse/v1/numbers', {
    body: {
      id: '77',
      waba_id: '1',
      display_phone_number: '+1 555 078 3882',
      verified_name: 'At Meta',
      platform: 'cloud',
      upstream: { base_url: baseUrl, token: 'EAAJB' },
      ...more,
    },
  });
  assert.equal(status, 201, JSON.stringify(body));
}

/** A page of its own in a browser, signed in. */
export async function openPanel(
  t: TestContext,
  {
    browser,
    url,
    key,
    width = 1280,
    height = 800,
    dark = false,
    language,
  }: PanelOptions & { readonly browser: Browser; readonly url: string; readonly key: string },
) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env['TEST_BROWSER_TIMEOUT_MS'] ?? 15_000));
  const problems = watch(page);
  t.after(() => assert.deepEqual(problems, []));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, sample, blockedURI }) => {
      throw new Error(`CSP: ${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
  await page.goto(`${url}/panel/blocked`);
  await page.getByRole('textbox', { name: /^Key/ }).fill(key);
  await page.getByRole('button', { name: 'Sign in to Blockhouse' }).click();
  await page.locator('main#content').waitFor();
  if (language !== undefined) {
    await page.evaluate((chosen) => localStorage.setItem('blockhouse-language', chosen), language);
    await page.reload();
    await page.locator(`html[lang="${language}"] main#content`).waitFor();
  }
  return { page, problems, go: (path: string) => page.goto(`${url}/panel/${path}`) };
}

/** Errors of a page, and what its security policy has forbidden. That a session is asked for and not there is none. */
function watch(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    const isExpected =
      /status of (?:400|401|403|409|429|5\d\d)|ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|ERR_NETWORK/.test(
        message.text(),
      );
    if (message.type() === 'error' && !isExpected) problems.push(message.text());
  });
  return problems;
}

/** The serious and critical findings of axe. */
export async function seriousProblems(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
      };
    };
    return (await axe.run()).violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      html: nodes[0]?.html ?? '',
    }));
  });
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, html }) => `${id}: ${html.slice(0, 200)}`);
}

/** Takes a screenshot for the README, when it is asked for. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (shotsFolder === undefined) return;
  const folder = join(fileURLToPath(new URL('../../..', import.meta.url)), shotsFolder);
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Lets very many users write to the demo number. */
export async function writeMany(
  { call }: Running,
  users: readonly string[],
  names: Readonly<Record<string, string>> = {},
) {
  for (let start = 0; start < users.length; start += 1000) {
    const messages = users.slice(start, start + 1000).map((from) => ({ from, type: 'text' }));
    const contacts = Object.entries(names).map(([wa_id, name]) => ({ wa_id, profile: { name } }));
    await call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, { body: { contacts, messages } });
  }
}

export function usersFrom(first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}
