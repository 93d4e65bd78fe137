const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: w\nnodes:\n';
const times = (size: number, each: number, line: (index: number) => string): string =>
  Array.from({ length: Math.ceil(size / each) }, (_, index) => line(index)).join('');

/** Sound YAML of about `size` characters that is made to keep checks busy: what looks at all nodes or edges for each of them shows here. */
export const hostileWorkflows: Readonly<Record<string, (size: number) => string>> = {
  'a chain of nodes that wait for one another': (size) =>
    `${head}${times(size, 70, (i) => `  n${i}: { type: job, image: a }\n`)}edges:\n${times(size, 70, (i) => `  - { from: n${i + 1}, to: n${i}, relation: depends-on }\n`)}`,
  'a ring of nodes that wait for one another': (size) => {
    const count = Math.ceil(size / 70);
    return `${head}${times(size, 70, (i) => `  n${i}: { type: job, image: a }\n`)}edges:\n${times(size, 70, (i) => `  - { from: n${(i + 1) % count}, to: n${i}, relation: depends-on }\n`)}`;
  },
  'edges that lead nowhere': (size) => `${head}  web: { type: deployment, image: a }\nedges:\n${times(size, 20, (i) => `  - web -> no${i}\n`)}`,
  'many ConfigMaps of one Deployment': (size) =>
    `${head}  web: { type: deployment, image: a }\n${times(size, 60, (i) => `  c${i}: { type: configmap, data: { a: b } }\n`)}edges:\n${times(size, 60, (i) => `  - c${i} -> web\n`)}`,
  'many autoscalers of one Deployment': (size) =>
    `${head}  web: { type: deployment, image: a }\n${times(size, 60, (i) => `  h${i}: { type: hpa, maxReplicas: 3 }\n`)}edges:\n${times(size, 60, (i) => `  - h${i} -> web\n`)}`,
  'many Services of one Ingress': (size) =>
    `${head}  front: { type: ingress }\n${times(size, 60, (i) => `  s${i}: { type: service, port: 80 }\n`)}edges:\n${times(size, 60, (i) => `  - front -> s${i}\n`)}`,
  'one name for all nodes': (size) => `${head}${times(size, 50, (i) => `  c${i}: { type: configmap, name: same, data: { a: same } }\n`)}`,
  'unknown fields in one node': (size) => `${head}  web:\n    type: deployment\n    image: a\n${times(size, 15, (i) => `    field${i}: 1\n`)}`,
  'unknown fields in an object': (size) =>
    `${head}  raw:\n    type: manifest\n    manifest:\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata: { name: a }\n      spec:\n${times(size, 17, (i) => `        field${i}: 1\n`)}`,
  'containers with one name': (size) =>
    `${head}  raw:\n    type: manifest\n    manifest:\n      apiVersion: v1\n      kind: Pod\n      metadata: { name: a }\n      spec:\n        containers:\n${times(size, 38, () => `          - { name: same, image: a }\n`)}`,
  'variables of one container': (size) => `${head}  web:\n    type: deployment\n    image: a\n    env:\n${times(size, 20, (i) => `      VARIABLE_${i}: v\n`)}`,
  'environments that override what is not there': (size) =>
    `${head}  web: { type: job, image: a }\nenvironments:\n  prod:\n    set:\n${times(size, 22, (i) => `      no${i}: { a: 1 }\n`)}`,
  'many environments': (size) => `${head}  web: { type: job, image: a }\nenvironments:\n${times(size, 42, (i) => `  e${i}: { set: { web: { image: b } } }\n`)}`,
};
