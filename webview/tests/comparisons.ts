// What pages of comparison are shown with: two workflows that differ in every way, a merge of them, and a run that failed.
import { conflictSides, parseWorkflow } from '../../src/engine/index';
import { placeNodes } from '../../src/engine/placeOne';
import type { Catalog } from '../../src/shared/catalog';
import type { ComparedWorkflow, ComparePage } from '../../src/shared/compareProtocol';
import type { RunEvent, RunEventBody } from '../../src/shared/runEvent';
import { conflictParts } from '../../src/shared/workflowConflict';
import { workflowDiff } from '../../src/shared/workflowDiff';
import { sampleOf, sandboxTarget } from './devPage';

const before = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web: { type: deployment, image: "ghcr.io/acme/web:1.4", replicas: 2 }
  web-svc: { type: service, port: 80 }
  settings: { type: configmap, data: { MODE: fast } }
  old: { type: configmap, data: { A: b } }
edges:
  - web-svc -> web
  - settings -> web
layout: { web: [340, 40], web-svc: [0, 40], settings: [0, 240], old: [0, 440] }
`;
const after = before
  .replace('replicas: 2', 'replicas: 5')
  .replace(/ {2}old: .*\n/, '  cache: { type: deployment, image: "redis:8" }\n')
  .replace('  - settings -> web\n', '  - { from: web, to: cache, relation: depends-on }\n')
  .replace('settings: [0, 240], old: [0, 440]', 'settings: [0, 260], cache: [700, 40]');

type PageOf<Kind extends ComparePage['kind']> = Extract<ComparePage, { kind: Kind }>;

export interface Comparisons {
  readonly catalog: Catalog;
  readonly compare: PageOf<'compare'>;
  readonly conflict: PageOf<'conflict'>;
  readonly replay: PageOf<'replay'>;
}

function failedRun(): readonly RunEvent[] {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const bodies: readonly RunEventBody[] = [
    { type: 'run:started', workflow: 'shop', version: 6, digest: 'd', target: sandboxTarget, triggeredBy: 'manual', counts: {} as never },
    { type: 'node:started', nodeId: 'settings', ref, action: 'create' },
    { type: 'node:completed', nodeId: 'settings', ref, action: 'create', durationMs: 40, resourceVersion: '1' },
    { type: 'node:started', nodeId: 'web', ref, action: 'create' },
    { type: 'node:failed', nodeId: 'web', ref, problem: { code: 'internal', args: { detail: 'no such image' }, severity: 'error' } },
    { type: 'node:skipped', nodeId: 'web-svc', reason: 'upstream_unreachable', because: 'web' },
    { type: 'run:failed', durationMs: 900, problem: { code: 'internal', args: { detail: 'no such image' }, severity: 'error' } },
  ];
  return bodies.map((body, at) => ({ ...body, runId: 'r', timestamp: `2026-03-01T12:00:0${String(at)}.000Z`, sequenceNumber: at + 1 }));
}

/** One canvas of a comparison, of a text. */
export function sideOf(catalog: Catalog, text: string, label: string): ComparedWorkflow {
  const { workflow } = parseWorkflow(text);
  const positions = placeNodes(workflow, catalog);
  return {
    label,
    detail: 'ours to know',
    document: { revision: 0, workflow, problems: [], readOnly: true, positions, relations: {}, derived: {}, derivedFrom: [] },
  };
}

export async function comparisons(): Promise<Comparisons> {
  const { catalog } = await sampleOf(before);
  const of = (text: string, label: string): ComparedWorkflow => sideOf(catalog, text, label);
  const [version, working] = [of(before, 'Version 6'), of(after, 'Working file')];
  const head = before.split('nodes:\n')[0] ?? '';
  const body = (text: string): string => text.slice(text.indexOf('nodes:\n'));
  const merge = conflictSides(`${head}<<<<<<< HEAD\n${body(before)}=======\n${body(after)}>>>>>>> cache\n`);
  const [ours, theirs] = [of(merge?.ours ?? '', 'Ours'), of(merge?.theirs ?? '', 'Theirs')];
  return {
    catalog,
    compare: {
      kind: 'compare',
      before: version,
      after: working,
      diff: workflowDiff(version.document.workflow, working.document.workflow),
      hasText: true,
      canRestore: true,
    },
    conflict: {
      kind: 'conflict',
      before: ours,
      after: theirs,
      diff: workflowDiff(ours.document.workflow, theirs.document.workflow),
      parts: conflictParts(ours.document.workflow, theirs.document.workflow),
      wholeOnly: false,
    },
    replay: { kind: 'replay', after: version, events: failedRun(), open: false },
  };
}
