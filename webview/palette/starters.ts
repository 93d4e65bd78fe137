import type { Catalog } from '../../src/shared/catalog';
import { kindOf } from '../../src/shared/catalog';
import type { Fragment } from '../../src/shared/fragment';
import type { JsonObject } from '../../src/shared/json';
import { jsonObject } from '../../src/shared/json';
import type { WorkflowEdge } from '../../src/shared/workflow';

/** A few nodes that belong together, to begin with. */
export interface Starter {
  readonly id: string;
  /** English; put into the person's language where it is shown. */
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  readonly nodes: Readonly<Record<string, { readonly type: string; readonly data: JsonObject; readonly at: readonly [column: number, row: number] }>>;
  readonly edges: readonly WorkflowEdge[];
}

/** Distance between columns and rows: the layout engine's, with room for the tallest card of these. */
const columnStep = 248 + 112;
const rowStep = 220;

export const starters: readonly Starter[] = [
  {
    id: 'web',
    name: 'Web app',
    description: 'A deployment, its service, and an ingress that opens it to the outside',
    icon: 'browser',
    nodes: {
      'web-ingress': { type: 'ingress', data: { paths: [{ id: 'web', path: '/' }] }, at: [0, 0] },
      'web-svc': { type: 'service', data: { port: 80 }, at: [1, 0] },
      web: { type: 'deployment', data: { image: 'nginx:stable', port: 80 }, at: [2, 0] },
    },
    edges: [
      { from: 'web-ingress', to: 'web-svc', handle: 'web' },
      { from: 'web-svc', to: 'web' },
    ],
  },
  {
    id: 'database',
    name: 'Database',
    description: 'PostgreSQL with its password as a secret, its storage as a claim, and a service',
    icon: 'database',
    nodes: {
      'db-svc': { type: 'service', data: { port: 5432 }, at: [0, 0] },
      'db-secret': { type: 'secret', data: { keys: ['POSTGRES_PASSWORD'] }, at: [0, 1] },
      'db-data': { type: 'persistentvolumeclaim', data: { storage: '10Gi' }, at: [0, 2] },
      db: {
        type: 'deployment',
        data: { image: 'postgres:17', port: 5432, strategy: 'Recreate', env: { PGDATA: '/var/lib/postgresql/data/pgdata' } },
        at: [1, 1],
      },
    },
    edges: [
      { from: 'db-svc', to: 'db' },
      { from: 'db-secret', to: 'db', as: 'env' },
      { from: 'db-data', to: 'db', mountPath: '/var/lib/postgresql/data' },
    ],
  },
];

/** The starters whose kinds the catalog has, and that have every word of the query. */
export function startersFor(catalog: Catalog, query: string): readonly Starter[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return starters.filter((starter) => {
    const text = `${starter.name} ${starter.description} starter`.toLowerCase();
    return Object.values(starter.nodes).every(({ type }) => kindOf(catalog, type) !== undefined) && words.every((word) => text.includes(word));
  });
}

export function starterFragment({ nodes, edges }: Starter): Fragment {
  return {
    nodes: Object.entries(nodes).map(([id, { type, data }]) => ({ id, type, data: jsonObject(Object.entries(data)) })),
    edges,
    groups: {},
    layout: Object.fromEntries(Object.entries(nodes).map(([id, { at }]) => [id, [at[0] * columnStep, at[1] * rowStep] as const])),
  };
}
