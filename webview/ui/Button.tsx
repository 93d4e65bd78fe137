import '@vscode-elements/elements/dist/vscode-button/index.js';
import type { ReactNode } from 'react';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly icon?: string;
  readonly secondary?: boolean;
  readonly disabled?: boolean;
  readonly block?: boolean;
  /** Marks it for tests and for focus that is set by the program. */
  readonly id?: string;
}

export function Button({ children, onClick, icon, secondary = false, disabled = false, block = false, id }: ButtonProps) {
  return (
    <vscode-button
      {...(id === undefined ? {} : { id })}
      {...(icon === undefined ? {} : { icon })}
      secondary={secondary}
      disabled={disabled}
      block={block}
      onClick={disabled ? undefined : onClick}
    >
      {children}
    </vscode-button>
  );
}
