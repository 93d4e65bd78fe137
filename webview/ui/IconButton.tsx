import { Icon } from './Icon';

interface IconButtonProps {
  readonly icon: string;
  /** Its name, also shown when the pointer rests on it. */
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  /** For buttons that stay in or out. */
  readonly pressed?: boolean;
}

/** A native button, because the kit's toolbar button cannot be disabled. */
export function IconButton({ icon, label, onClick, disabled = false, pressed }: IconButtonProps) {
  return (
    <button type="button" className="icon-button" title={label} aria-label={label} aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
