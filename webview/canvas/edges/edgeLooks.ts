/** How edges of one relation are drawn. Line and arrowhead differ, so that they are told apart without colour. */
export interface EdgeLook {
  readonly dash: string | undefined;
  /** Drawn as a pipe: a wide line with a light core. */
  readonly pipe: boolean;
  readonly head: EdgeHead;
}

export const edgeHeads = ['triangle', 'chevron', 'dot', 'square', 'diamond'] as const;
export type EdgeHead = (typeof edgeHeads)[number];

const plain: EdgeLook = { dash: undefined, pipe: false, head: 'triangle' };

/** By relation; every relation that a catalog may bring and that is not here looks like `unknown`. */
export const edgeLooks = {
  routes: plain,
  forwards: { dash: undefined, pipe: true, head: 'triangle' },
  mounts: { dash: '1 5', pipe: false, head: 'dot' },
  'depends-on': { dash: '7 5', pipe: false, head: 'chevron' },
  scales: { dash: '10 4 2 4', pipe: false, head: 'diamond' },
  'applies-to': { dash: '14 6', pipe: false, head: 'square' },
  'allow-from': { dash: '6 3 1 3', pipe: false, head: 'triangle' },
  'allow-to': { dash: '6 3 1 3 1 3', pipe: false, head: 'triangle' },
  'used-by': { dash: '1 5', pipe: false, head: 'diamond' },
  grants: { dash: '14 6', pipe: false, head: 'diamond' },
  contains: { dash: '1 3', pipe: false, head: 'square' },
  unknown: { dash: '3 4', pipe: false, head: 'chevron' },
} as const satisfies Record<string, EdgeLook>;

export type DrawnRelation = keyof typeof edgeLooks;

export function drawnRelation(relation: string | undefined): DrawnRelation {
  return relation !== undefined && Object.hasOwn(edgeLooks, relation) ? (relation as DrawnRelation) : 'unknown';
}

export function headId(head: EdgeHead, selected: boolean): string {
  return selected ? `head-${head}-selected` : `head-${head}`;
}
