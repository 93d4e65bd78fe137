/** A codicon. It says nothing to screen readers: the text beside it, or the button around it, does. */
export function Icon({ name, spin = false }: { readonly name: string; readonly spin?: boolean }) {
  return <span className={`codicon codicon-${name}${spin ? ' is-spinning' : ''}`} aria-hidden="true" />;
}
