import '@vscode-elements/elements/dist/vscode-badge/index.js';
import type { ReactNode } from 'react';

export function Badge({ children, counter = false }: { readonly children: ReactNode; readonly counter?: boolean }) {
  return <vscode-badge variant={counter ? 'counter' : 'default'}>{children}</vscode-badge>;
}
