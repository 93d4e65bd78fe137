import type { Target } from '../../src/shared/plan';
import { useText } from '../ui/texts';

/** Says that a target is the sandbox, unless its name does. */
export function SandboxMark({ target }: { readonly target: Target }) {
  const text = useText();
  if (!target.sandbox || target.label.toLowerCase().includes('sandbox')) return null;
  return <span className="sandbox-mark">{text('Sandbox')}</span>;
}
