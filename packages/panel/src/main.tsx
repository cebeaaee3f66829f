import './styles.ts';
import { DirectionProvider, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { takeEmbedAddress } from './app/Embed.tsx';
import { en, setMessages, t } from './messages.ts';
import { theme } from './theme.ts';

setMessages(en);
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

createRoot(root).render(
  <StrictMode>
    <DirectionProvider initialDirection={t.language.direction}>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        withCssVariables={false}
        withGlobalClasses={false}
      >
        <Notifications position="bottom-right" autoClose={8000} />
        <QueryClientProvider client={queries}>
          <App embedded={embedded} />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  </StrictMode>,
);
