// As src/cli/example.ts
// The command line runs without an editor.
export { window } from 'vscode';
