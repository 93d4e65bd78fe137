import { buildStrategies } from './build';
import type { CatalogField, CatalogKind } from './catalog';

const dayMs = 24 * 60 * 60 * 1000;

function field(one: Pick<CatalogField, 'name' | 'label' | 'description' | 'type'> & Partial<CatalogField>): CatalogField {
  return { required: false, ...one };
}

/** What a node of every kind may say under `options`: settings of a run for this node, which reach no object. */
export const optionsField: CatalogField = field({
  name: 'options',
  label: 'Options',
  description: 'Settings of a run for this node.',
  type: 'object',
  fields: [
    field({
      name: 'timeoutMs',
      label: 'Time',
      description:
        'How long each object of the node may take to be written, all attempts together, and how long the node may take to become ready where that is waited for, in milliseconds. Without it the time of the run counts for the second.',
      type: 'number',
      integer: true,
      min: 1000,
      max: dayMs,
    }),
    field({
      name: 'retry',
      label: 'Attempts',
      description: 'How often and how patiently a write is tried again that the cluster could not take at the moment.',
      type: 'object',
      fields: [
        field({
          name: 'max',
          label: 'Attempts',
          description: 'All attempts, the first one included.',
          type: 'number',
          integer: true,
          min: 1,
          max: 100,
          default: 5,
        }),
        field({
          name: 'backoff',
          label: 'Pauses',
          description: 'Whether pauses grow by their first length (`linear`) or double (`exponential`).',
          type: 'select',
          default: 'exponential',
          options: ['linear', 'exponential'].map((value) => ({ value, label: value })),
        }),
        field({ name: 'ms', label: 'First pause', description: 'In milliseconds.', type: 'number', integer: true, min: 0, max: dayMs, default: 1000 }),
      ],
    }),
    field({
      name: 'standalone',
      label: 'Used from elsewhere',
      description: 'Nothing in this workflow uses it, and that is meant: something else on the cluster does.',
      type: 'boolean',
      default: false,
    }),
    field({
      name: 'build',
      label: 'Build',
      description: 'How the image of this node is built from source, by the command "Build Image" and `kubeorch build`.',
      type: 'object',
      fields: [
        field({
          name: 'repoUrl',
          label: 'Repository',
          description: 'The address of a git repository with the source, by https or ssh; the workspace when empty.',
          type: 'string',
        }),
        field({ name: 'branch', label: 'Branch', description: 'A branch or tag of the repository; its default branch when empty.', type: 'string' }),
        field({
          name: 'context',
          label: 'Folder',
          description: 'The folder with the source, from the root of the workspace or of the repository.',
          type: 'string',
          default: '.',
        }),
        field({ name: 'dockerfile', label: 'Dockerfile', description: 'Its path, from the folder.', type: 'string' }),
        field({ name: 'target', label: 'Stage', description: 'The stage of the Dockerfile to stop at.', type: 'string' }),
        field({
          name: 'args',
          label: 'Arguments',
          description: 'Build arguments. They stay visible in the image: never a secret.',
          type: 'map',
          items: field({ name: 'value', label: 'Value', description: 'Its value.', type: 'string' }),
        }),
        field({
          name: 'strategy',
          label: 'Way',
          description: "Where the Dockerfile comes from. `auto`: the folder's own, else nixpacks where it is installed, else one made by the language found.",
          type: 'select',
          default: 'auto',
          options: buildStrategies.map((value) => ({ value, label: value })),
        }),
        field({
          name: 'image',
          label: 'Image',
          description: 'Where the image is pushed to, such as `ghcr.io/acme/web`, when that is not the name in `image`.',
          type: 'string',
          format: 'image',
        }),
        field({ name: 'platform', label: 'Platform', description: 'Such as `linux/arm64`; that of the builder without it.', type: 'string' }),
      ],
    }),
  ],
});

/** Relations by which something that does nothing by itself is used. */
const usingRelations: readonly string[] = ['mounts', 'used-by'];

/** Whether objects of a kind do nothing before another one uses them. */
export function isForUse(kind: CatalogKind): boolean {
  return kind.relations.some(({ relation }) => usingRelations.includes(relation));
}

/** Whether nodes of one kind use those of another. */
export function isUsing(kind: CatalogKind, other: CatalogKind): boolean {
  return kind.relations.some(({ relation, to }) => usingRelations.includes(relation) && to.includes(other.type));
}

/** The options that mean something for a kind. A gate writes nothing: it has a time of its own, and no attempts. */
export function optionsOf(kind: CatalogKind): CatalogField | undefined {
  if (kind.category === 'gates') return undefined;
  const isMeant = ({ name }: CatalogField): boolean =>
    name === 'standalone' ? isForUse(kind) : name !== 'build' || kind.fields.some((one) => one.name === 'image' || one.format === 'image');
  return { ...optionsField, fields: (optionsField.fields ?? []).filter(isMeant) };
}
