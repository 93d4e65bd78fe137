// The engine's face. Everything other rooms may use of it is named here, by hand; a file that is not named is private.

export { ClusterError } from './ports';

// Kinds, templates and objects.
export { coreTemplates, loadCatalog, workspaceTemplates } from './catalog';
export type { CatalogSource, LoadedCatalog } from './catalog';
export { environmentOf, namespaceOf, workflowForEnvironment } from './environment';
export { applyOrder } from './order';
export type { ApplyOrder } from './order';
export { resolveWorkflow } from './relations';
export type { ResolvedEdge, ResolvedWorkflow } from './relations';
export { renderWorkflow } from './render';
export type { RenderedObject, RenderRequest, RenderResult } from './render';
export { checkWorkflow } from './check';
export type { CheckRequest } from './check';

// The workflow file.
export { parseWorkflow } from './document/parse';
export type { ParsedWorkflow } from './document/parse';
export { editText } from './document/editText';
export type { EditedText, TextEdit } from './document/editText';
