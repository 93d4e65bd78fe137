import type { WorkflowText } from './measure';

/** Two hundred objects of six kinds in three waves: what others read, then workloads, then what scales them. */
const groups = 40;
const secrets = 10;

/** `changed`: how many of the config maps say something else. */
export function mixedWorkflow(namespace: string, changed = 0): WorkflowText {
  const nodes: string[] = [];
  const edges: string[] = [];
  for (let index = 0; index < groups; index += 1) {
    nodes.push(`  c${index}: { type: configmap, data: { MODE: ${index < changed ? 'changed' : 'first'}, PLACE: p${index} } }`);
    nodes.push(`  d${index}: { type: deployment, image: "registry.example/app:1.${index}", replicas: 1, port: 8080 }`);
    nodes.push(`  s${index}: { type: service, name: d${index}, port: 80, targetPort: 8080 }`);
    nodes.push(`  h${index}: { type: hpa, minReplicas: 1, maxReplicas: 4 }`);
    edges.push(`  - s${index} -> d${index}`, `  - h${index} -> d${index}`, `  - { from: c${index}, to: d${index}, as: env }`);
  }
  for (let index = 0; index < groups - secrets; index += 1) nodes.push(`  a${index}: { type: serviceaccount }`);
  for (let index = 0; index < secrets; index += 1) {
    nodes.push(`  t${index}: { type: secret, keys: [TOKEN] }`);
    edges.push(`  - { from: t${index}, to: d${index}, as: env }`);
  }
  const head = `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: mixed\nstatus: published\nnamespace: ${namespace}\n`;
  return { text: `${head}nodes:\n${nodes.join('\n')}\nedges:\n${edges.join('\n')}\n`, secretIds: Array.from({ length: secrets }, (_, index) => `t${index}`) };
}

/** `count` nodes of four kinds. */
export function largeWorkflow(namespace: string, count: number): WorkflowText {
  const nodes: string[] = [];
  const edges: string[] = [];
  for (let index = 0; index < count / 4; index += 1) {
    nodes.push(`  c${index}: { type: configmap, data: { PLACE: p${index} } }`);
    nodes.push(`  d${index}: { type: deployment, image: "registry.example/app:1", replicas: 1, port: 8080 }`);
    nodes.push(`  s${index}: { type: service, name: d${index}, port: 80, targetPort: 8080 }`);
    nodes.push(`  a${index}: { type: serviceaccount }`);
    edges.push(`  - s${index} -> d${index}`, `  - { from: c${index}, to: d${index}, as: env }`);
  }
  const head = `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: large\nstatus: published\nnamespace: ${namespace}\n`;
  return { text: `${head}nodes:\n${nodes.join('\n')}\nedges:\n${edges.join('\n')}\n`, secretIds: [] };
}
