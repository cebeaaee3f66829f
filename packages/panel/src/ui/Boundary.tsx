import { Component, type ReactNode } from 'react';
import { Problem } from './Problem.tsx';

/**
 * The rest of a page that has failed: a message, and the way to load it again. A page's files may be gone after an
 * upgrade.
 */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? this.props.children : <Problem error={error} onRetry={() => location.reload()} />;
  }
}
