// As src/engine/example.ts
// The same engine runs on the command line.
export { window } from 'vscode';
