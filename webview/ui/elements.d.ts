import type { DetailedHTMLProps, HTMLAttributes, RefAttributes } from 'react';
import type { VscodeBadge } from '@vscode-elements/elements/dist/vscode-badge/index.js';
import type { VscodeButton } from '@vscode-elements/elements/dist/vscode-button/index.js';
import type { VscodeCheckbox } from '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import type { VscodeOption } from '@vscode-elements/elements/dist/vscode-option/index.js';
import type { VscodeProgressRing } from '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import type { VscodeTextarea } from '@vscode-elements/elements/dist/vscode-textarea/index.js';
import type { VscodeTextfield } from '@vscode-elements/elements/dist/vscode-textfield/index.js';

// Custom elements take `class`, not `className`, and their own properties as they are.
type KitElement<E extends HTMLElement> = Omit<DetailedHTMLProps<HTMLAttributes<E>, E>, keyof RefAttributes<E>> &
  RefAttributes<E> & { readonly class?: string } & Partial<Omit<E, keyof HTMLElement>>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'vscode-badge': KitElement<VscodeBadge>;
      'vscode-button': KitElement<VscodeButton>;
      'vscode-checkbox': KitElement<VscodeCheckbox>;
      'vscode-option': KitElement<VscodeOption>;
      'vscode-progress-ring': KitElement<VscodeProgressRing>;
      'vscode-single-select': KitElement<VscodeSingleSelect>;
      'vscode-textarea': KitElement<VscodeTextarea>;
      'vscode-textfield': KitElement<VscodeTextfield>;
    }
  }
}
