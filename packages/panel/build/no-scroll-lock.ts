import { createElement, Fragment, type ReactNode } from 'react';

/**
 * Takes the place of the package react-remove-scroll, which Mantine's dialogs contain for a lock that the panel does not use: the
 * style sheet keeps the page still. The package is a tenth of what a browser loads first, and writes <style> elements.
 */
export function RemoveScroll({ children }: { readonly children: ReactNode }) {
  return createElement(Fragment, null, children);
}

/** Classes with which the lock keeps the page from moving sideways. */
RemoveScroll.classNames = { zeroRight: '', fullWidth: '' };
