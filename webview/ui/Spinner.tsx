import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';

export function Spinner({ label }: { readonly label: string }) {
  return (
    <span className="spinner" role="status">
      <vscode-progress-ring aria-hidden="true" />
      <span>{label}</span>
    </span>
  );
}
