import { beforeAll, describe, expect, test } from 'vitest';
import { completed } from '../openapi/index';
import type { Json, OpenApi } from '../openapi/index';
import type { KubeObject } from '../shared/kubeObject';
import type { JsonValue } from '../shared/json';
import { coreCatalog, shippedOpenApi } from '../testing/coreCatalog';
import type { LoadedCatalog } from './catalog';
import { parseWorkflow } from './document/parse';
import { workflowForEnvironment } from './environment';
import { fieldManager } from './labels';
import { intentFields, stepSeparator } from './plan/fieldPaths';
import { renderWorkflow } from './render';
import { replacementSteps } from './replacements';
import { finished } from './steps';

let openApi: OpenApi;
let loaded: LoadedCatalog;
beforeAll(async () => {
  [openApi, loaded] = await Promise.all([shippedOpenApi(), coreCatalog()]);
});

const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nnamespace: shop\nnodes:\n';

/** What the text makes, as a cluster has it after applying: with all defaults, and what the server adds. */
function applied(text: string): readonly KubeObject[] {
  return renderWorkflow({ workflow: parseWorkflow(text).workflow, loaded, namespace: 'shop' }).objects.map(({ object }) => {
    const schema = openApi.schemaOf(object.apiVersion, object.kind);
    if (schema === undefined) throw new Error(`${object.kind} is unknown`);
    const made = completed(openApi, schema, object.kind, structuredClone(object) as unknown as Json) as unknown as KubeObject;
    return { ...made, metadata: { ...made.metadata, uid: 'u', resourceVersion: '7', managedFields: [ownedBy(object)] } };
  });
}

/** The field set of an apply, as the API server keeps it. */
function ownedBy(object: KubeObject): NonNullable<KubeObject['metadata']['managedFields']>[number] {
  const schema = openApi.schemaOf(object.apiVersion, object.kind);
  const fieldsV1: Record<string, JsonValue> = {};
  for (const field of (schema && intentFields(object, schema)) ?? []) {
    let at = fieldsV1;
    for (const step of field.split(stepSeparator)) at = (at[step] ??= {}) as Record<string, JsonValue>;
  }
  return { manager: fieldManager, operation: 'Apply', fieldsV1 };
}

/** The places that are marked after `before` was applied and `after` is in the editor. */
function marked(before: string, after: string, environment?: string): readonly string[] {
  const live = applied(`${head}${before}`);
  const parsed = parseWorkflow(`${head}${after}`);
  const workflow = workflowForEnvironment(parsed.workflow, environment);
  const { objects } = renderWorkflow({ workflow, loaded, namespace: 'shop' });
  const chosen = environment === undefined ? {} : { workflow, environment };
  const problems = finished(replacementSteps({ parsed, ...chosen, objects, liveOf: () => live, openApi, known: new WeakMap() }));
  const lines = parsed.text.split('\n');
  return problems.map(({ code, severity, range, args }) => {
    expect([code, severity]).toEqual(['object.replaces', 'warning']);
    return `${args['path']}: ${lines[range?.start.line ?? 0]?.slice(range?.start.character, range?.end.character)}`;
  });
}

const claim = (more: string): string => `  disk: { type: persistentvolumeclaim, size: 1Gi, ${more} }\n`;
const stateful = (more: string): string => `  db:\n    type: statefulset\n    image: postgres\n    port: 5432\n${more}`;

describe('a field that the cluster changes for nobody', () => {
  test('is marked where it stands, as soon as it differs from the live object', () => {
    expect(marked(claim('storageClassName: fast'), claim('storageClassName: slow'))).toEqual(['spec.storageClassName: slow']);
    expect(marked(stateful('    podManagementPolicy: OrderedReady\n'), stateful('    podManagementPolicy: Parallel\n'))).toEqual([
      'spec.podManagementPolicy: Parallel',
    ]);
    const job = (image: string): string => `  once: { type: job, image: ${image} }\n`;
    expect(marked(job('busybox:1'), job('busybox:2'))).toEqual(['spec.template.spec.containers[0].image: busybox:2']);
    const patched = (label: string): string =>
      `  web:\n    type: deployment\n    image: a\n    patch: { spec: { selector: { matchLabels: { app: ${label} } } } }\n`;
    expect(marked(patched('web'), patched('other'))).toEqual(['spec.selector.matchLabels.app: other']);
  });

  test('is not marked while it is as it was, however it is written, nor where it may change', () => {
    expect(marked(claim('storageClassName: fast'), claim('storageClassName: fast, labels: { a: b }'))).toEqual([]);
    expect(marked('  disk: { type: persistentvolumeclaim, size: 1Gi }\n', '  disk: { type: persistentvolumeclaim, size: 1024Mi }\n')).toEqual([]);
    expect(marked(claim('accessModes: [ReadWriteOnce]'), '  disk: { type: persistentvolumeclaim, size: 2Gi, accessModes: [ReadWriteOnce] }\n')).toEqual([]);
    expect(marked(stateful('    replicas: 1\n'), stateful('    replicas: 3\n    env: { A: b }\n'))).toEqual([]);
    expect(marked('  web: { type: deployment, image: a }\n', '  web: { type: deployment, image: b, replicas: 4 }\n')).toEqual([]);
    expect(marked('  svc: { type: service, port: 80 }\n', '  svc: { type: service, port: 81 }\n')).toEqual([]);
  });

  test('is marked in the environment that sets it, and in the node where that does not', () => {
    const environments = (set: string): string => `environments:\n  live: { context: c, set: { disk: { ${set} } } }\n`;
    const plain = claim('storageClassName: fast');
    expect(marked(plain, `${plain}${environments('storageClassName: slow')}`, 'live')).toEqual(['spec.storageClassName: slow']);
    expect(marked(plain, `${claim('storageClassName: slow')}${environments('labels: { a: b }')}`, 'live')).toEqual(['spec.storageClassName: slow']);
    // What the environment sets is what counts there.
    expect(marked(plain, `${claim('storageClassName: slow')}${environments('storageClassName: fast')}`, 'live')).toEqual([]);
    expect(marked(plain, `${plain}${environments('storageClassName: slow')}`)).toEqual([]);
  });

  test('is marked when the file no longer has it, where it was applied before', () => {
    expect(marked(claim('volumeName: pv-7'), claim('accessModes: [ReadWriteOnce]'))).toEqual(['spec.volumeName: disk']);
    expect(marked(claim('labels: { a: b }'), claim('accessModes: [ReadWriteOnce]'))).toEqual([]);
    // Taken away and yet the same, as it is the server's own default.
    expect(marked(stateful('    podManagementPolicy: OrderedReady\n'), stateful(''))).toEqual([]);
    expect(marked(stateful('    podManagementPolicy: Parallel\n'), stateful('    podManagementPolicy: null\n'))).toEqual(['spec.podManagementPolicy: null']);
  });

  test('is not marked where nothing of that name is on the cluster', () => {
    expect(marked(claim('storageClassName: fast'), claim('storageClassName: slow').replace('disk', 'other'))).toEqual([]);
  });
});
