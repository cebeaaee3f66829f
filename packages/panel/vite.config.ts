import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';
import { catalogs } from './build/catalogs.ts';
import { colorScheme } from './build/color-scheme.ts';
import { compress } from './build/compress.ts';
import { phoneFormats } from './build/phone-formats.ts';
import { ruleTemplates } from './build/rule-templates.ts';

/** The server puts a new nonce in its place each time that it sends the page. */
const nonce = '__CSP_NONCE__';

export default defineConfig({
  plugins: [catalogs(), phoneFormats(), ruleTemplates(), react(), colorScheme({ nonce }), compress()],
  // Our own packages as they are written, so that nothing has to be built before.
  resolve: {
    conditions: ['@blockhouse/source', ...defaultClientConditions],
    // Catalogs are parsed when the panel is built: a browser needs no parser.
    alias: {
      '@formatjs/icu-messageformat-parser': '@formatjs/icu-messageformat-parser/no-parser.js',
      'react-remove-scroll': fileURLToPath(new URL('build/no-scroll-lock.ts', import.meta.url)),
    },
  },
  // Absolute, because a page may be opened at any depth below it.
  base: '/panel/',
  html: { cspNonce: nonce },
  worker: { format: 'es' },
  build: {
    target: 'baseline-widely-available',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    // A style sheet that does not come would take its part of the panel down for good: all are in one.
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
});
