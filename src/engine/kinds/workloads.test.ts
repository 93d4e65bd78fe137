import { describe, expect, test } from 'vitest';
import { isJsonObject, valueAt } from '../../shared/json';
import type { Problem } from '../../shared/problem';
import { problemText } from '../../shared/problem';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import { goldenWorkflows, plannableGolden } from '../../testing/goldenWorkflows';
import { checkWorkflow } from '../check';
import { applyOrder } from '../order';
import { editText } from '../document/editText';
import { parseWorkflow } from '../document/parse';
import { resolveWorkflow } from '../relations';
import { renderWorkflow } from '../render';

const loaded = await coreCatalog();
const openApi = await shippedOpenApi();
const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\n';

function check(body: string): readonly Problem[] {
  return checkWorkflow({ parsed: parseWorkflow(head + body), loaded, openApi });
}

/** The findings about one node `it`, written as its map's content. */
function about(node: string, more = ''): readonly string[] {
  return check(`nodes:\n  it: { ${node} }\n${more}`).map((problem) => `${problem.severity} ${problem.path?.join('.') ?? ''}: ${problemText(problem)}`);
}

function resolved(body: string): ReturnType<typeof resolveWorkflow> {
  return resolveWorkflow(parseWorkflow(head + body).workflow, loaded.catalog);
}

function pod(node: string): Readonly<Record<string, unknown>> {
  const { workflow } = parseWorkflow(`${head}nodes:\n  it: { ${node} }\n`);
  const { objects, problems } = renderWorkflow({ workflow, loaded, namespace: undefined });
  expect(problems).toEqual([]);
  const spec = valueAt(objects[0]?.object.spec, ['template', 'spec']);
  if (!isJsonObject(spec)) throw new Error('there is no pod');
  return spec;
}

const quiet = 'type: deployment, image: nginx';

const goldens = await goldenWorkflows(['persistentvolumeclaim', 'statefulset', 'daemonset', 'job', 'cronjob', 'deployment']);

test.each(goldens)('%s has no errors', async (file) => {
  const found = checkWorkflow({ parsed: parseWorkflow(await plannableGolden(file)), loaded, openApi });
  expect(found.filter((problem) => problem.severity === 'error').map(problemText)).toEqual([]);
});

describe('a pod', () => {
  test('with everything in order is not complained about', () => {
    expect(
      about(
        `${quiet}, ports: [{ name: web, port: 80 }, { name: dns, port: 80, protocol: UDP }], sidecars: [{ name: log, image: log }], ` +
          'volumes: [{ name: x, source: { csi: { driver: d } } }], volumeMounts: [{ type: volume, name: x, mountPath: /x }, { type: emptyDir, name: e, mountPath: /e }], affinity: { podAffinity: {} }, tolerations: [{ operator: Exists }], readinessProbe: { type: exec, command: [ok] }',
      ),
    ).toEqual([]);
  });

  test.each([
    ['sidecars: [{ name: it, image: x }]', 'error sidecars.0.name: "sidecars[0].name" is not valid: the name "it" is taken by the main container'],
    [
      'sidecars: [{ name: a, image: x }], initContainers: [{ name: a, image: x }]',
      'error sidecars.0.name: "sidecars[0].name" is not valid: the name "a" is taken by initContainers[0]',
    ],
    ['sidecars: [{ name: Log, image: x }]', 'error sidecars.0.name: "Log" is no valid Kubernetes name (DNS-1123, at most 253 characters).'],
    ['sidecars: [{ name: a }]', 'error sidecars.0.image: Deployment "it" needs "sidecars[0].image".'],
    ['sidecars: [{ name: a, image: x, port: 8080 }]', 'warning sidecars.0.port: "sidecars[0].port" is not valid: the port 8080 (TCP) is taken by port'],
    ['ports: [{ name: a, port: 1 }, { name: a, port: 2 }]', 'error ports.1.name: "ports[1].name" is not valid: the name "a" stands there twice'],
    [
      'ports: [{ name: far-too-long-name, port: 1 }]',
      'error ports.0.name: "ports[0].name" is not valid: the name of a port has at most 15 lower-case letters, digits and "-", and at least one letter',
    ],
    ['livenessProbe: { type: exec }', 'error livenessProbe.command: "livenessProbe.command" is not valid: a probe of the kind exec needs a command'],
    [
      'readinessProbe: { type: grpc, port: web }',
      'error readinessProbe.port: "readinessProbe.port" is not valid: a probe of the kind grpc takes the number of a port, not its name',
    ],
    ['readinessProbe: { type: tcp, path: / }', 'info readinessProbe.path: "path" has no effect while "type" is not http.'],
    ['startupProbe: { successThreshold: 2 }', 'error startupProbe.successThreshold: "startupProbe.successThreshold" is 2; it must lie between 1 and 1.'],
    [
      'tolerations: [{ value: x }]',
      'error tolerations.0.key: "tolerations[0].key" is not valid: only a toleration with the operator Exists goes without a key',
    ],
    [
      'volumes: [{ name: x, source: { csi: {}, nfs: {} } }]',
      'error volumes.0.source: "volumes[0].source" is not valid: a volume has exactly one source, such as "csi: {…}"',
    ],
    [
      'volumeMounts: [{ type: volume, name: gone, mountPath: /x }]',
      'error volumeMounts.0.name: "volumeMounts[0].name" is not valid: there is no volume "gone" in volumes or volumeClaimTemplates',
    ],
    ['volumeMounts: [{ type: hostPath, mountPath: /x }]', 'error volumeMounts.0: Deployment "it" needs "volumeMounts[0].hostPath".'],
    [
      'volumeMounts: [{ type: configMap, name: a, mountPath: /x, mode: "999" }]',
      'error volumeMounts.0.mode: "volumeMounts[0].mode" is not valid: permissions are three or four octal digits in quotes, such as "0440"',
    ],
    [
      'securityContext: { privileged: true, allowPrivilegeEscalation: false }',
      'error securityContext.allowPrivilegeEscalation: "securityContext.privileged" and "securityContext.allowPrivilegeEscalation: false" exclude one another: keep one of them.',
    ],
    [
      'podSecurityContext: { runAsNonRoot: true, runAsUser: 0 }',
      'error podSecurityContext.runAsUser: "podSecurityContext.runAsNonRoot" and "podSecurityContext.runAsUser: 0" exclude one another: keep one of them.',
    ],
    [
      'securityContext: { seccompProfile: Localhost }',
      'error securityContext.seccompProfile: "securityContext.seccompProfile" is not valid: Localhost needs "localhostProfile", the file of the profile',
    ],
    [
      'affinity: { podAffinty: {} }',
      'error affinity.podAffinty: The Deployment has "spec.template.spec.affinity.podAffinty", which is no field of the Kubernetes API. Did you mean "podAffinity"?',
    ],
    ['maxSurge: 0, maxUnavailable: 0%', 'error maxUnavailable: "maxUnavailable" is not valid: maxSurge is 0 too, so no pod could ever be replaced'],
    ['maxSurge: some', 'error maxSurge: "maxSurge" is not valid: it is a number, or a part of the whole such as 25%'],
    ['strategy: Recreate, maxSurge: 1', 'info maxSurge: "maxSurge" has no effect while "strategy" is not RollingUpdate.'],
    [
      'minReadySeconds: 600',
      'error progressDeadlineSeconds: "progressDeadlineSeconds" is not valid: it is not above minReadySeconds (600), so every update would count as failed',
    ],
  ])('%s', (fields, finding) => {
    expect(about(`${quiet}, ${fields}`)).toEqual([finding]);
  });

  test('shares an emptyDir between its containers by name, and gives the same ConfigMap with another mode a volume of its own', () => {
    const spec = pod(
      `${quiet}, volumeMounts: [{ type: emptyDir, name: work, mountPath: /w }, { type: configMap, name: c, mountPath: /a }, { type: configMap, name: c, mountPath: /b, mode: '0400' }, { type: configMap, name: c, mountPath: /c, mode: '400' }], sidecars: [{ name: s, image: s, volumeMounts: [{ type: emptyDir, name: work, mountPath: /s }] }]`,
    );
    expect(spec['volumes']).toEqual([
      { name: 'work-volume', emptyDir: {} },
      { name: 'c-volume', configMap: { name: 'c' } },
      { name: 'c-configmap-volume', configMap: { name: 'c', defaultMode: 0o400 } },
    ]);
    const mounts = (spec['containers'] as readonly { volumeMounts: readonly { name: string }[] }[]).map((one) => one.volumeMounts.map((mount) => mount.name));
    expect(mounts).toEqual([['work-volume', 'c-volume', 'c-configmap-volume', 'c-configmap-volume'], ['work-volume']]);
  });

  test('never takes the name of a volume that is written out', () => {
    const spec = pod(`${quiet}, volumes: [{ name: c-volume, source: { emptyDir: {} } }], volumeMounts: [{ type: configMap, name: c, mountPath: /c }]`);
    expect((spec['volumes'] as readonly { name: string }[]).map((volume) => volume.name)).toEqual(['c-configmap-volume', 'c-volume']);
  });

  test('keeps zeros, empty texts and false', () => {
    expect(pod(`${quiet}, terminationGracePeriodSeconds: 0, hostNetwork: false, automountServiceAccountToken: false, env: { A: '' }`)).toMatchObject({
      terminationGracePeriodSeconds: 0,
      hostNetwork: false,
      automountServiceAccountToken: false,
      containers: [{ env: [{ name: 'A', value: '' }] }],
    });
  });
});

describe('a StatefulSet', () => {
  const set = 'type: statefulset, image: app, serviceName: s';
  test.each([
    ['type: statefulset, image: app', 'warning serviceName: The pods of "it" get no names of their own: connect a headless Service to it, or set serviceName.'],
    [
      `${set}, volumeClaimTemplates: [{ name: a, storage: 1Gi }, { name: a, storage: 1Gi, mountPath: /b }]`,
      'error volumeClaimTemplates.1.name: "volumeClaimTemplates[1].name" is not valid: another volume is called "a" already',
    ],
    [`${set}, volumeClaimTemplates: [{ name: a, storage: much }]`, 'error volumeClaimTemplates.0.storage: "much" is no storage quantity, such as 10Gi.'],
    [
      `${set}, volumeClaimTemplates: [{ name: a, storage: 0 }]`,
      'error volumeClaimTemplates.0.storage: "volumeClaimTemplates[0].storage" is not valid: a claim asks for more than nothing',
    ],
    [`${set}, updateStrategy: OnDelete, partition: 1`, 'info partition: "partition" has no effect while "updateStrategy" is not RollingUpdate.'],
    [
      `${set}, name: ${'a'.repeat(53)}`,
      'error name: "name" is not valid: its pods carry a label with that name and a mark behind it, so it has at most 52 characters; this one has 53',
    ],
  ])('%s', (fields, finding) => {
    expect(about(fields)).toEqual([finding]);
  });

  test('takes its serviceName from the headless Service, wherever that stands among its Services', () => {
    const body = (edges: string): string =>
      `nodes:\n  db: { type: statefulset }\n  read: { type: service }\n  pods: { type: service, name: db, headless: true }\nedges: [${edges}]\n`;
    const all = resolved(body('read -> db, pods -> db'));
    expect(all.derived['db']).toEqual({ serviceName: 'db' });
    expect(all.contradictions).toEqual([]);
    expect(resolved(body('read -> db')).derived['db']).toEqual({ serviceName: 'read' });
  });

  test('says when its Service is not headless, with the repair', () => {
    const body = 'nodes:\n  db: { type: statefulset, image: app }\n  svc: { type: service }\nedges:\n  - svc -> db\n';
    const [problem, ...others] = check(body);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'node.serviceNotHeadless', severity: 'info' });
    const fix = problem?.fixes?.[0];
    if (fix === undefined) throw new Error('there is no repair');
    const edited = editText(head + body, fix.edit);
    expect(edited).toMatchObject({ ok: true });
    expect(check(edited.ok ? edited.text.slice(head.length) : '')).toEqual([]);
  });

  test.each([
    ['postgres:17', 'POSTGRES_HOST_AUTH_METHOD', 'trust'],
    ['bitnami/mariadb', 'MYSQL_ALLOW_EMPTY_PASSWORD', 'yes'],
    ['mysql:8', 'MYSQL_ALLOW_EMPTY_PASSWORD', 'yes'],
  ])('of %s is warned of without a password, and nothing insecure is done by itself', (image, variable, value) => {
    const [problem, ...others] = check(`nodes:\n  it: { type: statefulset, image: '${image}', serviceName: s }\n`);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'node.databasePassword', severity: 'warning', fixes: [{ edit: { path: ['env', variable], value } }] });
    expect(JSON.stringify(pod(`type: statefulset, image: '${image}'`))).not.toContain(variable);
  });

  test('of a database is quiet when a password may come from anywhere', () => {
    const db = 'type: statefulset, image: postgres, serviceName: s';
    expect(about(`${db}, env: { POSTGRES_PASSWORD_FILE: /x }`)).toEqual([]);
    expect(about(`${db}, envFrom: [{ type: secret, name: outside }]`)).toEqual([]);
    expect(about(db, '  pw: { type: secret, keys: [POSTGRES_PASSWORD] }\nedges:\n  - { from: pw, to: it, as: env }\n')).toEqual([]);
    expect(about(db, '  pw: { type: secret, keys: [OTHER] }\nedges:\n  - { from: pw, to: it, as: env }\n')).toHaveLength(1);
  });
});

describe('a DaemonSet', () => {
  const agent = 'type: daemonset, image: agent';
  test.each([
    ['maxUnavailable: 0', ['error maxUnavailable: "maxUnavailable" is not valid: maxSurge is 0 too, so no pod could ever be replaced']],
    ['maxSurge: 1, maxUnavailable: 1', ['error maxUnavailable: "maxSurge" and "maxUnavailable" exclude one another: keep one of them.']],
    ['maxSurge: 1, maxUnavailable: 0', []],
    ['maxSurge: 1', []],
    ['updateStrategy: OnDelete', []],
  ])('%s', (fields, findings) => {
    expect(about(`${agent}, ${fields}`)).toEqual(findings);
  });
});

describe('a Job', () => {
  const job = 'type: job, image: app';
  test.each([
    ['parallelism: 3', 'info parallelism: "parallelism" is not valid: only 1 pods will ever run side by side, since "completions" asks for no more'],
    ['completionMode: Indexed, completions: null', 'error completions: "completions" is not valid: a Job with numbered pods needs to know how many there are'],
    ['backoffLimitPerIndex: 1', 'info backoffLimitPerIndex: "backoffLimitPerIndex" has no effect while "completionMode" is not Indexed.'],
    ['completionMode: Indexed, maxFailedIndexes: 1', 'error maxFailedIndexes: "maxFailedIndexes" is not valid: it goes only with "backoffLimitPerIndex"'],
    ['successPolicy: { rules: [{ succeededCount: 1 }] }', 'error successPolicy: "successPolicy" is not valid: it goes only with "completionMode: Indexed"'],
    [
      'restartPolicy: OnFailure, podFailurePolicy: { rules: [] }',
      'error podFailurePolicy: "podFailurePolicy" and "restartPolicy: OnFailure" exclude one another: keep one of them.',
    ],
    ['restartPolicy: Always', 'error restartPolicy: "restartPolicy" is "Always"; it must be one of Never, OnFailure.'],
    ['backoffLimit: -1', 'error backoffLimit: "backoffLimit" is -1; it must lie between 0 and ∞.'],
    [
      'sidecars: [{ name: log, image: log }]',
      'warning sidecars.0: The sidecar "log" keeps each pod of "it" running for ever. Let it start first, so that it ends with the main container.',
    ],
  ])('%s', (fields, finding) => {
    expect(about(`${job}, ${fields}`)).toContain(finding);
  });

  test('may run several pods on one queue, and a sidecar that starts first', () => {
    expect(about(`${job}, completions: null, parallelism: 3, sidecars: [{ name: log, image: log, startsFirst: true }]`)).toEqual([]);
  });
});

describe('a CronJob', () => {
  const cron = 'type: cronjob, image: app, schedule: "@daily"';
  const scheduled = 'type: cronjob, image: app';
  test.each([['"*/5 * * * *"'], ['"@hourly"'], ['"@every 1h30m"'], ['"0 0 29 feb *"'], ['"0 22 * * mon-fri"']])('takes the schedule %s', (schedule) => {
    expect(about(`${scheduled}, schedule: ${schedule}`)).toEqual([]);
  });

  test.each([
    ['"* * * *"', /five fields/],
    ['"0 * * * * *"', /five fields/],
    ['"60 * * * *"', /60/],
    ['"0 0 * * 7"', /7/],
    ['"@sometimes"', /@sometimes/],
    ['"0 0 30 2 *"', /no date ever fits it/],
  ])('refuses the schedule %s', (schedule, words) => {
    expect(about(`${scheduled}, schedule: ${schedule}`)).toEqual([expect.stringMatching(words)]);
  });

  test('takes time zones by the names that machines know, and no others', () => {
    expect(about(`${cron}, timeZone: Europe/Berlin`)).toEqual([]);
    for (const zone of ['Mars/Base', 'Local', '"+01:00"', 'europe/berlin'])
      expect(about(`${cron}, timeZone: ${zone}`)).toEqual([expect.stringMatching(/is no time zone; use a name such as Europe\/Berlin/)]);
  });

  test('has room for the time in the names of its Jobs', () => {
    expect(about(`${cron}, name: ${'a'.repeat(52)}`)).toEqual([]);
    expect(about(`${cron}, name: ${'a'.repeat(53)}`)).toEqual([expect.stringMatching(/at most 52 characters/)]);
  });

  test('is warned of a deadline that the cluster cannot keep', () => {
    expect(about(`${cron}, startingDeadlineSeconds: 5`)).toEqual([expect.stringMatching(/^warning startingDeadlineSeconds/)]);
  });
});

describe('a claim', () => {
  test.each([
    [
      'accessModes: [ReadWriteOncePod, ReadOnlyMany]',
      'error accessModes: "accessModes: ReadWriteOncePod" and "further modes" exclude one another: keep one of them.',
    ],
    [
      'accessModes: [Sometimes]',
      'error accessModes.0: "accessModes[0]" is "Sometimes"; it must be one of ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.',
    ],
    ['storage: lots', 'error storage: "lots" is no storage quantity, such as 10Gi.'],
    ['storage: 0', 'error storage: "storage" is not valid: a claim asks for more than nothing'],
    ['dataSource: { name: a }', 'error dataSource: "dataSource" is not valid: it needs "kind"'],
  ])('%s', (fields, finding) => {
    expect(about(`type: persistentvolumeclaim, ${fields}`)).toContain(finding);
  });

  test('for one machine tells a workload of several pods', () => {
    const edges = '  files: { type: persistentvolumeclaim, storage: 1Gi }\nedges:\n  - files -> it\n';
    expect(about(`${quiet}, replicas: 2`, edges)).toEqual(['info : "it" runs several pods, but the claim "files" can be mounted on one machine at a time.']);
    expect(about(quiet, edges)).toEqual([]);
    expect(about('type: daemonset, image: a', edges)).toHaveLength(1);
    expect(about(`${quiet}, replicas: 2`, edges.replace('1Gi }', '1Gi, accessModes: [ReadWriteMany] }'))).toEqual([]);
  });

  test('in the mode Block is given as a device', () => {
    const { workflow } = parseWorkflow(
      `${head}nodes:\n  it: { ${quiet} }\n  disk: { type: persistentvolumeclaim, volumeMode: Block }\nedges:\n  - { from: disk, to: it, mountPath: /dev/disk }\n`,
    );
    const { objects } = renderWorkflow({ workflow, loaded, namespace: undefined });
    expect(objects[0]?.object.spec).toMatchObject({
      template: { spec: { containers: [{ volumeDevices: [{ name: 'disk-volume', devicePath: '/dev/disk' }] }] } },
    });
    expect(JSON.stringify(objects[0]?.object)).not.toContain('volumeMounts');
  });
});

describe('relations of workloads', () => {
  const types = ['deployment', 'statefulset', 'daemonset', 'job', 'cronjob'];

  test.each(types)('a ConfigMap, a Secret and a claim reach a %s', (type) => {
    const all = resolved(
      `nodes:\n  it: { type: ${type}, image: a }\n  c: { type: configmap }\n  s: { type: secret, keys: [A] }\n  p: { type: persistentvolumeclaim }\nedges: [c -> it, s -> it, p -> it]\n`,
    );
    expect(all.derived['it']?.['volumeMounts']).toMatchObject([
      { type: 'configMap' },
      { type: 'secret' },
      { type: 'persistentVolumeClaim', mountPath: '/data' },
    ]);
    expect(applyOrder(all).after('it')).toEqual(['c', 's', 'p']);
  });

  test.each(types)('what a %s mounts without an edge comes before it', (type) => {
    const all = resolved(
      `nodes:\n  it: { type: ${type}, image: a, volumeMounts: [{ type: configMap, nodeId: c, mountPath: /c }], sidecars: [{ name: x, image: x, envFrom: [{ type: secret, name: named }] }] }\n  c: { type: configmap }\n  s: { type: secret, name: named, keys: [A] }\n`,
    );
    expect(applyOrder(all).after('it')).toEqual(['c', 's']);
  });

  test.each(['deployment', 'statefulset', 'daemonset'])('a Service routes to the first of several ports of a %s', (type) => {
    const all = resolved(
      `nodes:\n  it: { type: ${type}, image: a, ports: [{ name: web, port: 81 }, { port: 82 }] }\n  svc: { type: service }\nedges: [svc -> it]\n`,
    );
    expect(all.derived['svc']).toMatchObject({ targetApp: 'it', targetPort: 81 });
  });

  test('a workload that depends on a Job waits until it is done', () => {
    const all = resolved('nodes:\n  web: { type: deployment, image: a }\n  job: { type: job, image: a }\nedges: [web -> job]\n');
    expect(applyOrder(all).afterReady('web')).toEqual(['job']);
  });
});
