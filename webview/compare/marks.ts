import type { ConflictSide } from '../../src/shared/workflowConflict';
import type { WorkflowDiff } from '../../src/shared/workflowDiff';
import { edgeKey } from '../../src/shared/workflow';
import type { CardMark } from '../store/session';
import type { Text } from '../ui/texts';

export type Mark = 'added' | 'removed' | 'changed' | 'moved' | 'only' | 'differs' | 'taken' | 'left';

/** How each mark is told. A sign and a word stand beside the colour, so that it is never all there is. */
const looks: Readonly<Record<Mark, { readonly icon: string; readonly tone: CardMark['tone']; readonly sign: string; readonly word: string }>> = {
  added: { icon: 'diff-added', tone: 'good', sign: '+', word: 'Added' },
  removed: { icon: 'diff-removed', tone: 'bad', sign: '−', word: 'Removed' },
  changed: { icon: 'diff-modified', tone: 'warn', sign: '≠', word: 'Changed' },
  moved: { icon: 'arrow-both', tone: 'quiet', sign: '↔', word: 'Only moved' },
  only: { icon: 'diff-added', tone: 'warn', sign: '+', word: 'Only on this side' },
  differs: { icon: 'diff-modified', tone: 'warn', sign: '≠', word: 'Differs' },
  taken: { icon: 'check', tone: 'good', sign: '✓', word: 'Taken' },
  left: { icon: 'circle-slash', tone: 'bad', sign: '✕', word: 'Left out' },
};

export const signOf = (mark: Mark): string => looks[mark].sign;
export const iconOf = (mark: Mark): string => looks[mark].icon;
export const toneOf = (mark: Mark): CardMark['tone'] => looks[mark].tone;
export const wordOf = (mark: Mark, text: Text): string => text(looks[mark].word);

export function cardMark(mark: Mark, text: Text): CardMark {
  const { icon, tone, word } = looks[mark];
  return { icon, tone, label: text(word), detail: '' };
}

/** What is marked on one canvas: nodes by id, edges by their identity. */
export interface Marks {
  readonly nodes: ReadonlyMap<string, Mark>;
  readonly edges: ReadonlyMap<string, Mark>;
}

export const noMarks: Marks = { nodes: new Map(), edges: new Map() };

/** Of a comparison, what its older or newer canvas marks. */
export function marksOf(diff: WorkflowDiff, side: 'before' | 'after'): Marks {
  const nodes = new Map<string, Mark>();
  for (const id of diff.movedNodes) nodes.set(id, 'moved');
  for (const { id } of diff.changedNodes) nodes.set(id, 'changed');
  for (const { id } of side === 'before' ? diff.removedNodes : diff.addedNodes) nodes.set(id, side === 'before' ? 'removed' : 'added');
  const edges = new Map<string, Mark>();
  for (const change of diff.changedEdges) edges.set(edgeKey(change[side]), 'changed');
  for (const edge of side === 'before' ? diff.removedEdges : diff.addedEdges) edges.set(edgeKey(edge), side === 'before' ? 'removed' : 'added');
  return { nodes, edges };
}

/** Of a merge, what the canvas of one side marks: what only it has or says otherwise, and what was picked of that. */
export function conflictMarks(diff: WorkflowDiff, side: ConflictSide, picks: Readonly<Record<string, ConflictSide>>): Marks {
  const at = side === 'ours' ? ('before' as const) : ('after' as const);
  const plain = marksOf({ ...diff, movedNodes: [] }, at);
  const markOf = (key: string, mark: Mark): Mark => {
    const pick = Object.hasOwn(picks, key) ? picks[key] : undefined;
    if (pick !== undefined) return pick === side ? 'taken' : 'left';
    return mark === 'changed' ? 'differs' : 'only';
  };
  return {
    nodes: new Map([...plain.nodes].map(([id, mark]) => [id, markOf(`node:${id}`, mark)])),
    edges: new Map([...plain.edges].map(([key, mark]) => [key, markOf(`edge:${key}`, mark)])),
  };
}
