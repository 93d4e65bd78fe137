// As webview/example.tsx
// The catalog reaches the canvas as data.
export { parseWorkflow } from '../src/engine/index';
