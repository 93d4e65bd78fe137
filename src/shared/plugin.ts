/** The groups of the palette that plugins may stand in. */
export const pluginCategories = [
  'virtualization',
  'networking',
  'storage',
  'monitoring',
  'security',
  'workflow',
  'database',
  'messaging',
  'backup',
  'ci-cd',
  'ml',
  'policy',
  'scaling',
] as const;
export type PluginCategory = (typeof pluginCategories)[number];

export const pluginFieldTypes = ['string', 'number', 'boolean', 'select', 'textarea', 'secret'] as const;
export type PluginFieldType = (typeof pluginFieldTypes)[number];

/** Where a workspace keeps its plugins, from its root. */
export const pluginsFolder = '.kubeorch/plugins';
