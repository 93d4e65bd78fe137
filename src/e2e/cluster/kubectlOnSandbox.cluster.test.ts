// The real kubectl against the sandbox: what people do every day has to work as on a cluster.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RunningSandbox } from '../../sandbox/options';
import { startServer } from '../../sandbox/startServer';

const kubectlPath = process.env['KUBECTL'] ?? 'kubectl';
let folder: string;
let sandbox: RunningSandbox;
let kubeconfig: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubectl-on-sandbox-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  sandbox = await startServer({ delays: { addressMs: 200 } });
  kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
});
afterEach(() => sandbox.close());

interface Result {
  code: number;
  out: string;
  err: string;
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(folder, 'cache'), HOME: folder };
}

function run(args: readonly string[], input = ''): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(kubectlPath, args, { env: environment(), timeout: 60_000 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err: err + (code === -1 ? String(error?.message) : '') });
    });
    child.stdin?.end(input);
  });
}

/** Runs kubectl with words split at blanks, and expects it to succeed. */
async function kubectl(line: string, input = ''): Promise<string> {
  const { code, out, err } = await run(line.split(' '), input);
  expect(`${String(code)} ${err}`.trim(), `kubectl ${line}`).toMatch(/^0/);
  return out;
}

/** A command that goes on until it has said what is waited for. */
async function until(line: string, wanted: RegExp): Promise<string> {
  const child = spawn(kubectlPath, line.split(' '), { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let seen = '';
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`kubectl ${line} did not say ${String(wanted)}: ${seen}`));
      }, 20_000);
      const take = (part: Buffer): void => {
        seen += part.toString('utf8');
        if (!wanted.test(seen)) return;
        clearTimeout(timer);
        resolve();
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
    });
  } finally {
    child.kill();
  }
  return seen;
}

const shop = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{containerPort: 80, name: http}]
        env: [{name: COLOR, value: red}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: web.example
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
`;

async function deployed(): Promise<void> {
  await kubectl('apply --server-side -f -', shop);
  await kubectl('rollout status deployment/web --timeout=30s');
}

test('apply --server-side, and again without a change', async () => {
  expect(await kubectl('apply --server-side -f -', shop)).toContain('deployment.apps/web serverside-applied');
  await kubectl('rollout status deployment/web --timeout=30s');
  const before = await kubectl('get service web -o jsonpath={.metadata.resourceVersion}');
  await kubectl('apply --server-side -f -', shop);
  expect(await kubectl('get service web -o jsonpath={.metadata.resourceVersion}')).toBe(before);
  expect(await kubectl('get deployment web -o yaml --show-managed-fields')).toMatch(/manager: kubectl\n\s+operation: Apply/);
});

test('client-side apply, diff by dry-run, and delete', async () => {
  expect(await kubectl('apply -f -', shop)).toContain('service/web created');
  expect(await kubectl('apply -f -', shop)).toContain('ingress.networking.k8s.io/web unchanged');
  expect(await kubectl('apply -f -', shop.replace('replicas: 2', 'replicas: 1'))).toContain('deployment.apps/web configured');
  expect(await kubectl('apply --dry-run=server -f -', shop)).toContain('deployment.apps/web configured (server dry run)');
  expect(await kubectl('delete -f - --timeout=20s', shop)).toContain('deployment.apps "web" deleted');
  expect((await run(['get', 'deployment', 'web'])).err).toContain('Error from server (NotFound): deployments.apps "web" not found');
  await kubectl('wait --for=delete pod -l app=web --timeout=20s');
});

test('get in its forms: all, wide, labels, yaml, name, and watched', async () => {
  await deployed();
  const all = await kubectl('get all');
  expect(all).toMatch(/pod\/web-[a-z0-9]+-[a-z0-9]{5}\s+1\/1\s+Running\s+0/);
  expect(all).toMatch(/deployment\.apps\/web\s+2\/2\s+2\s+2/);
  expect(await kubectl('get pods -o wide')).toMatch(/IP\s+NODE.*\n.*10\.244\.\d+\.\d+\s+sandbox/);
  expect(await kubectl('get deployments --show-labels')).toMatch(/app=web\n/);
  expect(await kubectl('get service,ingress,endpointslices')).toMatch(/web\.example/);
  expect(await kubectl('get pods -A -o name --field-selector=status.phase=Running')).toMatch(/pod\/web-/);
  expect(await kubectl('get nodes')).toMatch(/sandbox\s+Ready/);
  expect(await kubectl('get deployment web -o yaml')).toContain('availableReplicas: 2');
  const watched = until('get pods -w', /Terminating/);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await kubectl('delete pod -l app=web --wait=false');
  expect(await watched).toMatch(/NAME\s+READY/);
});

test('describe of pod, deployment, service, ingress and node', async () => {
  await deployed();
  const pod = await kubectl(`describe ${(await kubectl('get pods -l app=web -o name')).split('\n')[0] ?? ''}`);
  for (const part of [/Controlled By:\s+ReplicaSet\/web-/, /COLOR:\s+red/, /Scheduled.*Successfully assigned/, /Container started/]) expect(pod).toMatch(part);
  const deployment = await kubectl('describe deployment web');
  for (const part of [/2 desired \| 2 updated \| 2 total \| 2 available/, /NewReplicaSet:\s+web-/, /ScalingReplicaSet/]) expect(deployment).toMatch(part);
  expect(await kubectl('describe service web')).toMatch(/Endpoints:\s+10\.244\.\d+\.\d+:80,10\.244\.\d+\.\d+:80/);
  await kubectl('wait --for=jsonpath={.status.loadBalancer.ingress} ingress/web --timeout=20s');
  expect(await kubectl('describe ingress web')).toMatch(/Address:\s+203\.0\.113\.2/);
  expect(await kubectl('describe node sandbox')).toMatch(/web-/);
});

test('logs, also followed and of a crash before', async () => {
  await deployed();
  expect(await kubectl('logs deployment/web --tail=3')).toMatch(/HTTP\/1\.1|nginx/);
  expect(await until('logs -f deployment/web --timestamps', /kube-probe[\s\S]*kube-probe/)).toContain('[sandbox] simulated log of nginx:1.27');
  await kubectl('run crash --image=app:1 --annotations=sandbox.kubeorch.dev/scenario=crash-loop');
  await kubectl('wait --for=jsonpath={.status.containerStatuses[0].restartCount}=1 pod/crash --timeout=20s');
  expect(await kubectl('logs crash --previous')).toContain('exit code 1');
  expect((await run(['logs', 'nothing'])).err).toContain('(NotFound)');
});

test('exec with output, input and exit codes', async () => {
  await deployed();
  expect(await kubectl('exec deployment/web -- env')).toContain('COLOR=red');
  expect(await kubectl('exec -i deployment/web -- wc -l', 'one\ntwo\n')).toBe('2\n');
  const failed = await run(['exec', 'deployment/web', '--', 'sh', '-c', 'echo out; echo bad >&2; exit 3']);
  expect(failed).toMatchObject({ code: 3, out: 'out\n' });
  expect(failed.err).toContain('bad\n');
  expect((await run(['exec', 'deployment/web', '--', 'nonsense'])).err).toContain('executable file not found in $PATH');
});

test('attach follows what a container prints, and debug adds a container to a running pod', async () => {
  await deployed();
  expect(await until('attach deployment/web', /HTTP\/1\.1[\s\S]*HTTP\/1\.1/)).not.toContain('error');
  const pod = (await kubectl('get pods -o name')).split('\n')[0]?.replace('pod/', '') ?? '';
  await kubectl(`debug ${pod} --image=busybox:1.37 --target=web -c looker -- sleep 60`);
  await kubectl(`wait --for=jsonpath={.status.ephemeralContainerStatuses[0].state.running} pod/${pod} --timeout=20s`);
  expect(await kubectl(`exec ${pod} -c looker -- hostname`)).toBe(`${pod}\n`);
  expect((await run(['debug', pod, '--image=busybox:1.37', '--target=nobody', '-c', 'other', '--', 'sh'])).err).toContain('targetContainerName');
});

test('rollout status, restart, history and undo', async () => {
  await deployed();
  await kubectl('set image deployment/web web=nginx:1.28');
  await kubectl('rollout status deployment/web --timeout=30s');
  expect(await kubectl('rollout history deployment/web')).toMatch(/\n1 .*\n2 /);
  await kubectl('rollout undo deployment/web');
  await kubectl('rollout status deployment/web --timeout=30s');
  expect(await kubectl('get deployment web -o jsonpath={.spec.template.spec.containers[0].image}')).toBe('nginx:1.27');
  await kubectl('rollout restart deployment/web');
  await kubectl('rollout status deployment/web --timeout=30s');
  await kubectl('rollout pause deployment/web');
  await kubectl('rollout resume deployment/web');
});

test('scale and wait', async () => {
  await deployed();
  await kubectl('scale deployment/web --replicas=4');
  await kubectl('wait --for=jsonpath={.status.readyReplicas}=4 deployment/web --timeout=30s');
  await kubectl('wait --for=condition=Available deployment/web --timeout=30s');
  expect((await run(['wait', '--for=jsonpath={.status.readyReplicas}=9', 'deployment/web', '--timeout=1s'])).err).toContain('timed out');
});

test('create, run, expose, label, annotate, patch and edit by replace', async () => {
  await kubectl('create namespace shop');
  await kubectl('create deployment app --image=redis:7 --replicas=1 --port=6379 -n shop');
  await kubectl('create secret generic s --from-literal=password=x -n shop');
  await kubectl('create configmap c --from-literal=a=b -n shop');
  await kubectl('expose deployment app --port=6379 -n shop');
  await kubectl('run one --image=busybox:1 --restart=Never -n shop -- echo hi');
  await kubectl('wait --for=jsonpath={.status.phase}=Succeeded pod/one -n shop --timeout=20s');
  await kubectl('label deployment app team=a -n shop');
  await kubectl('annotate deployment app note=b -n shop');
  await kubectl('patch deployment app -n shop -p {"spec":{"replicas":2}}');
  await kubectl('replace -f -', await kubectl('get configmap c -n shop -o yaml'));
  await kubectl('rollout status deployment/app -n shop --timeout=30s');
  expect(await kubectl('get deployment app -n shop -o jsonpath={.metadata.labels.team}{.metadata.annotations.note}{.status.readyReplicas}')).toBe('ab2');
  await kubectl('delete namespace shop --timeout=30s');
  expect((await run(['get', 'namespace', 'shop'])).err).toContain('(NotFound)');
});

test('explain, api-resources, auth, version and events', async () => {
  expect(await kubectl('explain deployment.spec.strategy.type')).toMatch(/ENUM:\s+Recreate\s+RollingUpdate/);
  expect(await kubectl('api-resources')).toMatch(/deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/);
  expect(await kubectl('auth can-i create deployments')).toBe('yes\n');
  expect(await kubectl('auth whoami')).toContain('sandbox-admin');
  expect(await kubectl('version')).toMatch(/Server Version: v1\.36\.\d+\+sandbox/);
  await deployed();
  expect(await kubectl('events --for deployment/web')).toContain('ScalingReplicaSet');
});

const stateful = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "postgres:15", volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "fluentd:1"}]}
`;

test('stateful sets and daemon sets: get, describe, rollout, scale and undo', async () => {
  await kubectl('apply -f -', stateful);
  await kubectl('rollout status statefulset/db --timeout=30s');
  await kubectl('rollout status daemonset/agent --timeout=30s');
  expect(await kubectl('get sts,ds')).toMatch(/statefulset\.apps\/db\s+2\/2[\s\S]*daemonset\.apps\/agent\s+1\s+1\s+1\s+1\s+1/);
  expect(await kubectl('get pvc')).toMatch(/data-db-0\s+Bound[\s\S]*data-db-1\s+Bound/);
  expect(await kubectl('describe statefulset db')).toMatch(/create Pod db-1 in StatefulSet db successful/);
  expect(await kubectl('describe daemonset agent')).toMatch(/Number of Nodes Scheduled with Available Pods: 1/);
  await kubectl('scale statefulset/db --replicas=3');
  await kubectl('wait --for=jsonpath={.status.readyReplicas}=3 statefulset/db --timeout=30s');
  await kubectl('set image statefulset/db db=postgres:16');
  await kubectl('rollout status statefulset/db --timeout=30s');
  expect(await kubectl('rollout history statefulset/db')).toMatch(/\n1 .*\n2 /);
  await kubectl('rollout undo statefulset/db');
  await kubectl('rollout status statefulset/db --timeout=30s');
  expect(await kubectl('get pod db-0 -o jsonpath={.spec.containers[0].image}')).toBe('postgres:15');
  await kubectl('set image daemonset/agent agent=fluentd:2');
  await kubectl('rollout status daemonset/agent --timeout=30s');
  expect(await kubectl('get controllerrevisions')).toMatch(/daemonset\.apps\/agent\s+2/);
});

test('jobs and cron jobs: create, wait, from a cron job, suspend, delete', async () => {
  await kubectl('create job once --image=busybox:1');
  await kubectl('wait --for=condition=Complete job/once --timeout=30s');
  expect(await kubectl('get job once')).toMatch(/once\s+Complete\s+1\/1/);
  await kubectl('create cronjob nightly --image=busybox:1 --schedule=@daily');
  await kubectl('create job now --from=cronjob/nightly');
  await kubectl('wait --for=condition=Complete job/now --timeout=30s');
  expect(await kubectl('describe cronjob nightly')).toMatch(/Schedule:\s+@daily/);
  await kubectl('patch cronjob nightly -p {"spec":{"suspend":true}}');
  expect(await kubectl('get cronjob nightly')).toMatch(/nightly\s+@daily\s+<none>\s+True\s+0/);
  await kubectl('delete job once now --timeout=20s');
  await kubectl('wait --for=delete pod -l batch.kubernetes.io/job-name=once --timeout=20s');
});

test('autoscaling, budgets and quotas', async () => {
  await deployed();
  await kubectl('set resources deployment/web --requests=cpu=100m');
  await kubectl('rollout status deployment/web --timeout=30s');
  await kubectl('autoscale deployment web --min=2 --max=5 --cpu=80%');
  await kubectl('annotate hpa web sandbox.kubeorch.dev/load=320');
  await kubectl('wait --for=jsonpath={.status.desiredReplicas}=4 hpa/web --timeout=30s');
  expect(await kubectl('get hpa web')).toMatch(/web\s+Deployment\/web\s+cpu: \d+%\/80%\s+2\s+5/);
  expect(await kubectl('describe hpa web')).toMatch(/ScalingActive\s+True\s+ValidMetricFound/);
  await kubectl('create poddisruptionbudget web --selector=app=web --min-available=1');
  await kubectl('wait --for=condition=DisruptionAllowed pdb/web --timeout=20s');
  await kubectl('create quota small --hard=pods=1,count/secrets=0');
  await kubectl('wait --for=jsonpath={.status.hard.pods}=1 quota/small --timeout=20s');
  expect((await run(['create', 'secret', 'generic', 's'])).err).toContain('exceeded quota: small, requested: count/secrets=1');
  expect(await kubectl('describe quota small')).toMatch(/count\/secrets\s+0\s+0/);
});

test('roles, bindings, service accounts and can-i', async () => {
  await kubectl('create serviceaccount reader');
  await kubectl('create role r --verb=get,list --resource=pods,deployments.apps');
  await kubectl('create rolebinding r --role=r --serviceaccount=default:reader');
  const account = '--as=system:serviceaccount:default:reader';
  expect(await kubectl(`auth can-i list pods ${account}`)).toBe('yes\n');
  expect((await run(['auth', 'can-i', 'delete', 'pods', account])).out).toBe('no\n');
  expect(await kubectl(`auth can-i --list ${account}`)).toMatch(/pods\s+\[\]\s+\[\]\s+\[get list\]/);
  expect(await kubectl(`auth whoami ${account}`)).toContain('system:serviceaccounts:default');
  expect((await run(['get', 'secrets', account])).err).toContain('secrets is forbidden: User "system:serviceaccount:default:reader" cannot list');
  const token = (await kubectl('create token reader')).trim();
  expect(await kubectl(`auth whoami --token=${token}`)).toContain('system:serviceaccount:default:reader');
  expect(await kubectl('get rolebinding r -o wide')).toMatch(/r\s+Role\/r\s+\d+s\s+default\/reader/);
});

test('a custom kind: defined, waited for, applied, read by its short name, explained, and gone', async () => {
  const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shelves.library.example.com}
spec:
  group: library.example.com
  scope: Namespaced
  names: {plural: shelves, kind: Shelf, shortNames: [sh]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, required: [size], properties: {size: {type: integer, maximum: 10}}}}
`;
  const shelf = (size: number): string => `apiVersion: library.example.com/v1\nkind: Shelf\nmetadata: {name: a}\nspec: {size: ${String(size)}}\n`;
  await kubectl('apply -f -', definition);
  await kubectl('wait --for=condition=Established crd/shelves.library.example.com --timeout=20s');
  expect(await kubectl('apply -f -', shelf(3))).toContain('shelf.library.example.com/a created');
  expect(await kubectl('apply -f -', shelf(4))).toContain('configured');
  expect(await kubectl('get sh')).toMatch(/NAME\s+SIZE\s*\na\s+4/);
  expect(await kubectl('explain shelf.spec')).toMatch(/size\s+<integer> -required-/);
  expect((await run(['apply', '-f', '-'], shelf(11))).err).toContain('spec.size');
  await kubectl('delete crd shelves.library.example.com --timeout=20s');
  // kubectl may still know the kind from its cache; the server does not.
  expect((await run(['get', 'shelves'])).err).toMatch(/could not find the requested resource|doesn't have a resource type/);
});

test('what the sandbox cannot do fails with the truth', async () => {
  await deployed();
  expect((await run(['top', 'pods'])).err).toContain('Metrics API not available');
  expect((await run(['port-forward', 'deployment/web', '18080:80'])).err).toContain('the sandbox does not implement portforward over SPDY');
  expect((await run(['get', 'certificatesigningrequests'])).err).toContain(`the server doesn't have a resource type "certificatesigningrequests"`);
  const strict = await run(['apply', '--server-side', '-f', '-'], shop.replace('replicas: 2', 'replicaz: 2'));
  expect(strict.code).toBe(1);
  expect(strict.err).toContain('replicaz');
});
