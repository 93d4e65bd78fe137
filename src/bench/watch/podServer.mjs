// A server that says the same bytes to every client as fast as they are taken: a list of pods, page by page or whole, and then
// on a watch one change of each pod. Only what list and watch of pods need is served. Prints its kubeconfig's path when it listens.
//   node podServer.mjs FOLDER PODS EVENTS
import { createSecureServer } from 'node:http2';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, podsText, eventsText] = process.argv.slice(2);
const pods = Number(podsText);
const events = Number(eventsText);

const fieldsOfKubelet = (ip) => ({
  'f:status': {
    'f:conditions': Object.fromEntries(
      ['ContainersReady', 'Initialized', 'PodReadyToStartContainers', 'Ready'].map((type) => [
        `k:{"type":"${type}"}`,
        { '.': {}, 'f:lastProbeTime': {}, 'f:lastTransitionTime': {}, 'f:observedGeneration': {}, 'f:status': {}, 'f:type': {} },
      ]),
    ),
    'f:containerStatuses': {},
    'f:hostIP': {},
    'f:hostIPs': {},
    'f:observedGeneration': {},
    'f:phase': {},
    'f:podIP': {},
    'f:podIPs': { '.': {}, [`k:{"ip":"${ip}"}`]: { '.': {}, 'f:ip': {} } },
    'f:startTime': {},
  },
});

/** A pod of a Deployment as an API server tells it: 4.4 KB with the field sets of two managers. */
function pod(index, version, restarts) {
  const app = `app-${index % 97}`;
  const ip = `10.${20 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const time = '2026-03-01T12:00:00Z';
  const uid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const owner = `10000000-0000-4000-8000-${String(index % 97).padStart(12, '0')}`;
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: `${app}-7d4b9c6f5d-${index.toString(36).padStart(5, '0')}`,
      generateName: `${app}-7d4b9c6f5d-`,
      namespace: 'bench',
      uid,
      resourceVersion: String(version),
      generation: 1,
      creationTimestamp: time,
      labels: { app, 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': 'shop', 'pod-template-hash': '7d4b9c6f5d' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${app}-7d4b9c6f5d`, uid: owner, controller: true, blockOwnerDeletion: true }],
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          time,
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:metadata': {
              'f:annotations': { '.': {}, 'f:prometheus.io/port': {}, 'f:prometheus.io/scrape': {} },
              'f:generateName': {},
              'f:labels': { '.': {}, 'f:app': {}, 'f:app.kubernetes.io/name': {}, 'f:app.kubernetes.io/part-of': {}, 'f:pod-template-hash': {} },
              'f:ownerReferences': { '.': {}, [`k:{"uid":"${owner}"}`]: {} },
            },
            'f:spec': {
              'f:containers': {
                'k:{"name":"web"}': {
                  '.': {},
                  'f:env': { '.': {}, 'k:{"name":"LOG_LEVEL"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                  'f:image': {},
                  'f:imagePullPolicy': {},
                  'f:name': {},
                  'f:ports': { '.': {}, 'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} } },
                  'f:readinessProbe': {
                    '.': {},
                    'f:failureThreshold': {},
                    'f:httpGet': { '.': {}, 'f:path': {}, 'f:port': {}, 'f:scheme': {} },
                    'f:periodSeconds': {},
                    'f:successThreshold': {},
                    'f:timeoutSeconds': {},
                  },
                  'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:memory': {} }, 'f:requests': { '.': {}, 'f:cpu': {}, 'f:memory': {} } },
                  'f:terminationMessagePath': {},
                  'f:terminationMessagePolicy': {},
                },
              },
              'f:dnsPolicy': {},
              'f:enableServiceLinks': {},
              'f:restartPolicy': {},
              'f:schedulerName': {},
              'f:securityContext': {},
              'f:terminationGracePeriodSeconds': {},
            },
          },
        },
        { manager: 'kubelet', operation: 'Update', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1: fieldsOfKubelet(ip), subresource: 'status' },
      ],
    },
    spec: {
      volumes: [
        {
          name: 'kube-api-access-x7k2p',
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers: [
        {
          name: 'web',
          image: `ghcr.io/acme/${app}:1.4.2`,
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          env: [{ name: 'LOG_LEVEL', value: 'info' }],
          resources: { limits: { memory: '128Mi' }, requests: { cpu: '50m', memory: '64Mi' } },
          volumeMounts: [{ name: 'kube-api-access-x7k2p', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
          readinessProbe: {
            httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      nodeName: `node-${index % 40}`,
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((word) => ({
        key: `node.kubernetes.io/${word}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {
      observedGeneration: 1,
      phase: 'Running',
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        observedGeneration: 1,
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: time,
      })),
      hostIP: '172.31.250.1',
      hostIPs: [{ ip: '172.31.250.1' }],
      podIP: ip,
      podIPs: [{ ip }],
      startTime: time,
      containerStatuses: [
        {
          name: 'web',
          state: { running: { startedAt: time } },
          lastState: {},
          ready: true,
          restartCount: restarts,
          image: `ghcr.io/acme/${app}:1.4.2`,
          imageID: `ghcr.io/acme/${app}@sha256:${'3f8a1c'.repeat(10)}abcd`,
          containerID: `containerd://${'a91d07'.repeat(10)}${String(index).padStart(4, '0')}`,
          started: true,
          resources: { limits: { memory: '128Mi' }, requests: { cpu: '50m', memory: '64Mi' } },
        },
      ],
      qosClass: 'Burstable',
    },
  };
}

const listVersion = 1_000_000;
const items = Array.from({ length: pods }, (_, index) => JSON.stringify(pod(index, listVersion - pods + index, 0)));
/** The events in blocks of 64 KB and more, as a socket takes them. */
const blocks = [];
let block = [];
let blockBytes = 0;
for (let nth = 0; nth < events; nth++) {
  const line = Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object: pod(nth % pods, listVersion + 1 + nth, 1 + Math.floor(nth / pods)) })}\n`);
  block.push(line);
  blockBytes += line.length;
  if (blockBytes > 65_536 || nth === events - 1) {
    blocks.push(Buffer.concat(block));
    block = [];
    blockBytes = 0;
  }
}

const json = (response, value) => {
  response.setHeader('content-type', 'application/json');
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
};

function list(query, response) {
  const limit = Number(query.get('limit') ?? 0) || pods;
  const start = Number(query.get('continue') ?? 0);
  const end = Math.min(pods, start + limit);
  const more = end < pods ? { continue: String(end), remainingItemCount: pods - end } : {};
  json(
    response,
    `{"kind":"PodList","apiVersion":"v1","metadata":${JSON.stringify({ resourceVersion: String(listVersion), ...more })},"items":[${items.slice(start, end).join(',')}]}`,
  );
}

async function watch(query, response) {
  response.setHeader('content-type', 'application/json');
  response.writeHead(200);
  if (query.get('resourceVersion') === String(listVersion)) {
    for (const bytes of blocks) if (!response.write(bytes)) await new Promise((resolve) => response.once('drain', resolve));
  }
}

const token = randomBytes(16).toString('hex');
const server = createSecureServer(
  { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')), allowHTTP1: true },
  (request, response) => {
    const url = new URL(request.url, 'https://server');
    if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401);
      response.end();
    } else if (url.pathname === '/api/v1/namespaces/bench/pods') {
      // A client that asks for the list as a stream is told, as by servers before 1.34, that it has to list.
      if (url.searchParams.has('sendInitialEvents')) {
        response.writeHead(422, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({
            kind: 'Status',
            apiVersion: 'v1',
            status: 'Failure',
            reason: 'Invalid',
            code: 422,
            message: 'sendInitialEvents is forbidden for watch',
          }),
        );
      } else if (url.searchParams.get('watch') === 'true' || url.searchParams.get('watch') === '1') void watch(url.searchParams, response);
      else list(url.searchParams, response);
    } else if (url.pathname === '/api') json(response, { kind: 'APIVersions', versions: ['v1'] });
    else if (url.pathname === '/apis') json(response, { kind: 'APIGroupList', apiVersion: 'v1', groups: [] });
    else if (url.pathname === '/api/v1')
      json(response, {
        kind: 'APIResourceList',
        groupVersion: 'v1',
        resources: [
          { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] },
        ],
      });
    else {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404, message: 'not served' }));
    }
  },
);
server.listen(0, '127.0.0.1', () => {
  const path = join(folder, 'kubeconfig');
  const ca = readFileSync(join(folder, 'cert.pem')).toString('base64');
  writeFileSync(
    path,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'bench', cluster: { server: `https://127.0.0.1:${server.address().port}`, 'certificate-authority-data': ca } }],
      users: [{ name: 'bench', user: { token } }],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
      'current-context': 'bench',
    }),
    { mode: 0o600 },
  );
  console.log(JSON.stringify({ kubeconfig: path, podBytes: Math.round(items.reduce((sum, item) => sum + item.length, 0) / pods) }));
});
