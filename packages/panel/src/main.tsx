import './styles.ts';
import { DirectionProvider, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { takeEmbedAddress, useFrameTheme } from './embed/embed-address.ts';
import { chosenLanguage } from './i18n/chosen-language.ts';
import { languages } from './i18n/languages.ts';
import { language, onLanguage, showLanguage } from './i18n/messages.ts';
import { theme as mantineTheme, variables } from './theme.ts';

const embedded = takeEmbedAddress();
// Without `always` a change that is asked for while the browser is offline would be made later, when nobody expects it.
const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 10_000, retry: false, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
});
const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');

/** The page's nonce, with which its security policy lets <style> elements in. */
const styleNonce = () => document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

/** Everything below is made again when another language is shown, since texts are read while it is drawn. */
function Root() {
  const shown = useSyncExternalStore(onLanguage, language);
  const frameTheme = useFrameTheme();
  return (
    <DirectionProvider key={shown} initialDirection={languages[shown].direction} detectDirection={false}>
      <MantineProvider
        theme={mantineTheme}
        {...(frameTheme !== 'auto' && { forceColorScheme: frameTheme })}
        cssVariablesResolver={variables}
        defaultColorScheme="auto"
        getStyleNonce={styleNonce}
      >
        <Notifications position="bottom-right" autoClose={8000} />
        <QueryClientProvider client={queries}>
          <App embedded={embedded} />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}

// Without its own texts the panel shows the English ones; without those, nothing can be shown.
await showLanguage(embedded?.language ?? chosenLanguage()).catch(() => showLanguage('en'));
createRoot(root).render(
  <StrictMode>
    <Root />
  </StrictMode>,
);
