import { Component, type ReactNode } from 'react';
import { Problem } from './Problem.tsx';

/** What is left of a page that has broken: the words, and the way to load it anew. A page's files may be gone after an upgrade. */
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
