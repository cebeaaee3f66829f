import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** The blue of the mark, from its lightest to its darkest. */
const brand = [
  '#eef1fc',
  '#d9dff6',
  '#b2bfec',
  '#889ce3',
  '#657fdb',
  '#4f6cd6',
  '#3f5dd2',
  '#304cb8',
  '#2842a4',
  '#1c358f',
] as const;

export const theme = createTheme({
  colors: { brand },
  primaryColor: 'brand',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 'md',
  fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  // Text is set as in a tool that is open all day: small, with headings that need no size to be seen.
  fontSizes: { xs: '0.75rem', sm: '0.875rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  headings: {
    fontWeight: '650',
    sizes: {
      h3: { fontSize: '1.375rem', lineHeight: '1.3' },
      h4: { fontSize: '1.125rem', lineHeight: '1.35' },
      h5: { fontSize: '1rem', lineHeight: '1.4' },
    },
  },
  respectReducedMotion: true,
  components: {
    // The style sheet does it (`:has([aria-modal])`): locking would write a <style> element without a nonce.
    Modal: { defaultProps: { lockScroll: false } },
    Drawer: { defaultProps: { lockScroll: false } },
    Alert: { defaultProps: { variant: 'light' } },
    // Words stay as the catalogs have them.
    Badge: { defaultProps: { tt: 'none' } },
    // The placeholder is a focusable child that a menu may not have.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
  },
});

/** Mantine's own grays and reds for text are paler than WCAG AA allows. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-6)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    // Light alerts and badges are calm, and their titles dark.
    '--mantine-color-teal-light': 'var(--mantine-color-teal-0)',
    '--mantine-color-red-light': 'var(--mantine-color-red-0)',
    '--mantine-color-yellow-light': 'var(--mantine-color-yellow-0)',
    '--mantine-color-yellow-light-color': 'var(--mantine-color-dark-7)',
    '--mantine-color-red-light-color': 'var(--mantine-color-red-9)',
    '--mantine-color-teal-light-color': 'color-mix(in srgb, var(--mantine-color-teal-9), black 20%)',
    '--mantine-color-brand-light-color': 'var(--mantine-color-brand-9)',
  },
  dark: {
    '--mantine-color-anchor': 'var(--mantine-color-brand-3)',
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-2)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
  },
});
