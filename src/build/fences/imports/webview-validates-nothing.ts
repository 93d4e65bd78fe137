// As webview/example.tsx
// Shapes are checked in the host.
export { object } from 'zod';
