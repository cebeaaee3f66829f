import { MantineProvider } from '@mantine/core';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import type { Plugin } from 'vite';
import { theme, variables } from '../src/theme.ts';

const id = 'virtual:theme.css';

/**
 * MantineProvider would write the theme into <style> elements at run time, which `style-src 'self'` forbids.
 * Here it writes them at build time, into the style sheet.
 */
export function themeCss(): Plugin {
  return {
    name: 'theme-css',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load(source) {
      if (source !== `\0${id}`) return null;
      const html = renderToStaticMarkup(
        createElement(MantineProvider, { theme, cssVariablesResolver: variables, children: null }),
      );
      const css = [...html.matchAll(/<style[^>]*>(.*?)<\/style>/gs)].map(([, text]) => text);
      if (css.length !== 2)
        this.error(`Mantine wrote ${css.length} style elements, not its variables and classes`);
      return css.join('\n');
    },
  };
}
