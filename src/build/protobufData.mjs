// Makes src/sandbox/protobuf/messages.ts: `node src/build/protobufData.mjs` (needs Go; a few seconds).
//
// kubectl's `create` and `auth` commands send their bodies as protobuf and accept JSON in return, so the sandbox has to read
// protobuf. What it needs is the numbers of the fields: they come from the `generated.proto` files of the Go modules below
// (Apache-2.0), for the messages that the wanted kinds reach. Where the JSON form puts the fields of a part straight into its
// parent, our OpenAPI data tells so: such a field is marked.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = 'v0.36.3';
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const target = join(root, 'src/sandbox/protobuf/messages.ts');
const { schemas } = JSON.parse(readFileSync(join(root, 'src/openapi/data/kubernetes.json'), 'utf8'));

const moduleFolder = (name) => JSON.parse(execFileSync('go', ['mod', 'download', '-json', `${name}@${version}`], { encoding: 'utf8', cwd: '/' })).Dir;
const api = moduleFolder('k8s.io/api');
const machinery = moduleFolder('k8s.io/apimachinery');

const files = [
  ...['apps', 'authentication', 'authorization', 'batch', 'core', 'networking', 'policy', 'rbac', 'scheduling'].map((group) => [
    `k8s.io.api.${group}.v1`,
    join(api, group, 'v1/generated.proto'),
  ]),
  ['k8s.io.api.autoscaling.v2', join(api, 'autoscaling/v2/generated.proto')],
  ['k8s.io.apimachinery.pkg.apis.meta.v1', join(machinery, 'pkg/apis/meta/v1/generated.proto')],
  ['k8s.io.apimachinery.pkg.runtime', join(machinery, 'pkg/runtime/generated.proto')],
];

/** Kinds that kubectl sends through typed clients. */
const wanted = [
  'apps.v1.DaemonSet',
  'apps.v1.Deployment',
  'apps.v1.StatefulSet',
  'authentication.v1.SelfSubjectReview',
  'authentication.v1.TokenRequest',
  'authorization.v1.SelfSubjectAccessReview',
  'authorization.v1.SelfSubjectRulesReview',
  'autoscaling.v2.HorizontalPodAutoscaler',
  'batch.v1.CronJob',
  'batch.v1.Job',
  'core.v1.ConfigMap',
  'core.v1.Namespace',
  'core.v1.PersistentVolumeClaim',
  'core.v1.Pod',
  'core.v1.ResourceQuota',
  'core.v1.Secret',
  'core.v1.Service',
  'core.v1.ServiceAccount',
  'networking.v1.Ingress',
  'policy.v1.Eviction',
  'policy.v1.PodDisruptionBudget',
  'rbac.v1.ClusterRole',
  'rbac.v1.ClusterRoleBinding',
  'rbac.v1.Role',
  'rbac.v1.RoleBinding',
  'scheduling.v1.PriorityClass',
].map((name) => `k8s.io.api.${name}`);

/** Messages whose JSON form is no object; the decoder knows each. */
const special = new Set(['Time', 'MicroTime', 'Quantity', 'IntOrString', 'FieldsV1', 'RawExtension']);
const scalars = { string: 's', bool: 'b', bytes: 'y', int32: 'i', int64: 'i', uint32: 'i', uint64: 'i', double: 'd' };

const messages = new Map();
for (const [pack, file] of files) {
  const text = readFileSync(file, 'utf8').replace(/\/\/.*$/gm, '');
  for (const [, name, body] of text.matchAll(/^message (\w+) \{([\s\S]*?)^\}/gm)) {
    const fields = [...body.matchAll(/^\s*(optional|repeated|map<(\w+), ([.\w]+)>)\s+(?:([.\w]+)\s+)?(\w+) = (\d+);/gm)].map(
      ([, mark, , mapValue, type, field, number]) => ({
        field,
        number,
        type: (mapValue ?? type).replace(/^\./, ''),
        mark: mark.startsWith('map') ? 'map' : mark,
      }),
    );
    messages.set(`${pack}.${name}`, { pack, fields });
  }
}

const shortName = (full) => full.replace(/^k8s\.io\.(api|apimachinery\.pkg\.apis|apimachinery\.pkg)\./, '');
const lines = new Map();
function add(full) {
  if (lines.has(full) || special.has(full.split('.').at(-1))) return;
  const message = messages.get(full);
  if (message === undefined) throw new Error(`no message ${full}`);
  lines.set(full, '');
  const schema = schemas[full.replace(/^k8s\.io\./, 'io.k8s.')];
  const parts = message.fields.map(({ field, number, type, mark }) => {
    let code = scalars[type];
    if (code === undefined) {
      const found = type.includes('.') ? type : `${message.pack}.${type}`;
      add(found);
      const last = found.split('.').at(-1);
      code = special.has(last) ? `@${last}` : `@${shortName(found)}`;
    }
    const inline = code.startsWith('@') && schema?.properties !== undefined && schema.properties[field] === undefined ? '^' : '';
    return `${number}:${inline}${field}:${code}${mark === 'repeated' ? '*' : mark === 'map' ? '%' : ''}`;
  });
  lines.set(full, `${shortName(full)} ${parts.join(' ')}`);
}
for (const name of wanted) add(name);
add('k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions');

const text = [...lines.values()].sort().join('\n');
writeFileSync(
  target,
  `// Derived from the generated.proto files of the Kubernetes project (k8s.io/api and k8s.io/apimachinery ${version}), Copyright The
// Kubernetes Authors, Apache License 2.0. Made by src/build/protobufData.mjs; do not edit.
//
// One message a line: its name, then NUMBER:FIELD:TYPE. Types: s text, b truth, i whole number, d number, y bytes, @NAME a
// message; behind it * for a list and % for a map from text. ^ before a field: in JSON its fields stand in the parent.
export const messageLines = \`
${text}
\`;
`,
);
console.log(`${lines.size} messages, ${text.length} characters`);
