import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { shippedOpenApi } from '../testing/coreCatalog';
import { goldenWorkflows } from '../testing/goldenWorkflows';
import { loadedWith } from '../testing/pluginCatalog';
import { checkSteps, checkWorkflow } from './check';
import { editText } from './document/editText';
import { parseWorkflow, WorkflowReader } from './document/parse';
import { editArbitrary } from './document/tests/workflowTexts';
import { NodeMemory } from './nodeMemory';
import { finished } from './steps';

const plugin = `name: queue
displayName: Queue
description: A queue that an operator runs.
version: 1.0.0
category: database
icon: database
crd: { group: acme.com, version: v1, kind: Queue, plural: queues, scope: Namespaced }
fields:
  - { name: size, label: Size, type: number, default: 3 }
  - { name: password, label: Password, type: secret }
`;

/** Nodes that look at one another in every way there is: edges of all relations, names, ids, autoscalers behind a budget. */
const entangled = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: big
namespace: shop
nodes:
  web: { type: deployment, image: nginx, port: 8080, envKeys: [COLOR, PASSWORD], envFrom: [{ type: configMap, nodeId: conf }] }
  api: { type: statefulset, image: api, port: 80, volumeMounts: [{ type: secret, name: keys, mountPath: /k }], keyEnv: [{ variable: P, type: secret, nodeId: keys, key: PASSWORD }] }
  web-svc: { type: service, port: 80 }
  api-svc: { type: service, headless: true, port: 80 }
  front: { type: ingress, rules: [{ id: a, host: shop.test, path: / }] }
  conf: { type: configmap, data: { COLOR: blue } }
  keys: { type: secret, keys: [PASSWORD] }
  disk: { type: persistentvolumeclaim, size: 1Gi }
  scaler: { type: hpa, maxReplicas: 5, targetCPUUtilization: 80 }
  budget: { type: poddisruptionbudget, minAvailable: 2 }
  wall: { type: networkpolicy }
  space: { type: namespace, name: shop }
  job: { type: job, image: busybox, patch: { spec: { backofLimit: 3 } } }
  q: { type: queue, fields: { size: 3, password: { secret: keys, key: PASSWORD } } }
  raw: { type: manifest, manifest: { apiVersion: v1, kind: ConfigMap, metadata: { name: conf }, data: { a: b } } }
environments:
  prod: { namespace: prod, set: { web: { replicas: 2 }, scaler: { maxReplicas: 1 } } }
edges:
  - web-svc -> web
  - { from: front, to: web-svc, handle: a }
  - conf -> web
  - keys -> web
  - disk -> api
  - api-svc -> api
  - scaler -> web
  - budget -> web
  - wall -> web
  - { from: job, to: web, relation: depends-on }
`;

test('checking with a memory of earlier versions gives what checking anew gives', { timeout: 120_000 }, async () => {
  const [openApi, loaded] = await Promise.all([shippedOpenApi(), loadedWith({ 'plugins/queue.yaml': plugin })]);
  expect(loaded.problems).toEqual([]);
  const folder = resolve(import.meta.dirname, 'kinds');
  const golden = await goldenWorkflows(['deployment', 'statefulset', 'ingress', 'hpa', 'networkpolicy']);
  const texts = [entangled, ...(await Promise.all(golden.map((file) => readFile(join(folder, file), 'utf8'))))];
  const names = fc.constantFrom('web', 'conf', 'keys', 'api', 'big', 'new', 'scaler');
  const seeds = fc.infiniteStream(fc.tuple(names, names, fc.nat(5)));
  fc.assert(
    fc.property(fc.constantFrom(entangled, entangled, ...texts), seeds, fc.gen(), (first, stream, gen) => {
      const memory = new NodeMemory();
      const reader = new WorkflowReader({ wholeUpTo: 0, usualPiece: 64 });
      let text = first;
      for (const [one, other, way] of stream.take(6)) {
        const parsed = finished(reader.steps(text));
        const request = { parsed, loaded, openApi, fileName: 'big.workflow.yaml' };
        // A check that is given up leaves nothing wrong behind.
        const givenUp = checkSteps(request, memory);
        for (let step = 0; step < way * 3; step += 1) givenUp.next();
        expect(finished(checkSteps(request, memory))).toEqual(checkWorkflow({ ...request, parsed: parseWorkflow(text) }));
        const renamed = text.replace(new RegExp(`\\b${one}\\b`), other);
        const edited = editText(text, gen(editArbitrary, parsed.workflow));
        text = way < 2 ? renamed : edited.ok ? edited.text : text;
      }
    }),
    { numRuns: Number(process.env['KUBEORCH_CASES'] ?? 40), endOnFailure: true },
  );
});
