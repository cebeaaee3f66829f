import { ColorSchemeScript } from '@mantine/core';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import type { Plugin } from 'vite';

/** Mantine's script in the page's head: it sets light or dark before the first paint. */
export function colorScheme({ nonce }: { readonly nonce: string }): Plugin {
  return {
    name: 'color-scheme',
    transformIndexHtml: {
      order: 'post',
      handler: (html) =>
        html.replace(
          '</title>',
          `</title>\n    ${renderToStaticMarkup(createElement(ColorSchemeScript, { defaultColorScheme: 'auto', nonce }))}`,
        ),
    },
  };
}
