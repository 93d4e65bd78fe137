// As webview/example.tsx
// The canvas runs in a browser.
export { join } from 'node:path';
