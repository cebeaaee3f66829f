import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';
import { phoneFormats } from './build/phone-formats.ts';
import { ruleTemplates } from './build/rule-templates.ts';
import { themeCss } from './build/theme-css.ts';

export default defineConfig({
  plugins: [themeCss(), phoneFormats(), ruleTemplates(), react()],
  // Our own packages as they are written, so that nothing has to be built before.
  resolve: { conditions: ['@blockhouse/source', ...defaultClientConditions] },
  // Absolute, because a page may be opened at any depth below it.
  base: '/panel/',
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
