import { beforeAll, describe, expect, test } from 'vitest';
import type { OpenApi } from '../../openapi/index';
import type { ComposeCase } from '../../testing/composeOracle/cases.mjs';
import { composeCases } from '../../testing/composeOracle/cases.mjs';
import { importCase, importTexts } from '../../testing/composeProject';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import type { LoadedCatalog } from '../catalog';
import { checkWorkflow } from '../check';
import { parseWorkflow } from '../document/parse';
import { renderWorkflow } from '../render';
import { composeDefinition, knownProperties } from './compose/composeSchema';
import type { ComposeImport } from './composeImport';

const cases = (await composeCases()).filter(({ name }) => !name.endsWith('-fails'));

describe('compose files become workflows', () => {
  let loaded: LoadedCatalog;
  let openApi: OpenApi;
  beforeAll(async () => {
    [loaded, openApi] = await Promise.all([coreCatalog(), shippedOpenApi()]);
  });

  test.each(cases.map((one) => [one.name, one] as const))('%s is a workflow without errors', async (_name: string, one: ComposeCase) => {
    const { text, workflow } = await importCase(one, loaded.catalog);
    const parsed = parseWorkflow(text);
    const problems = checkWorkflow({ parsed, loaded, fileName: `${workflow.name}.workflow.yaml`, openApi });
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(parsed.workflow.nodes).toEqual(workflow.nodes);
    expect(parsed.workflow.edges).toEqual(workflow.edges);
    expect(Object.keys(parsed.workflow.layout).sort()).toEqual(workflow.nodes.map((node) => node.id).sort());
  });
});

/** A value for each key that compose knows of a service; what is nested has its own. */
const samples: Readonly<Record<string, string>> = {
  annotations: '{a: b}', attach: 'false', blkio_config: '{weight: 300}', build: './x', cap_add: '[NET_ADMIN]', cap_drop: '[ALL]', cgroup: 'host', cgroup_parent: 'm',
  command: '[run]', configs: '[cfg]', container_name: 'called', cpu_count: '2', cpu_percent: '"50"', cpu_period: '1000', cpu_quota: '500', cpu_rt_period: '10',
  cpu_rt_runtime: '9', cpu_shares: '512', cpus: '0.5', cpuset: '0-1', credential_spec: '{file: x}', depends_on: '[other]', deploy: '{replicas: 2}', develop: '{watch: [{path: x, action: rebuild}]}',
  device_cgroup_rules: '["c 1:3 mr"]', devices: '["/dev/x"]', dns: '1.1.1.1', dns_opt: '[use-vc]', dns_search: 'example.com', domainname: 'example.com', entrypoint: '[go]',
  env_file: 'x.env', environment: '{A: "1"}', expose: '["90"]', extends: 'other', external_links: '[x]', extra_hosts: '["h=1.2.3.4"]', gpus: 'all', group_add: '["7"]', healthcheck: '{test: "true"}',
  hostname: 'h', image: 'changed', init: 'true', ipc: 'host', isolation: 'process', label_file: 'x.env', labels: '{a: b}', links: '["other:alias"]', logging: '{driver: x}',
  mac_address: '"02:42:ac:11:00:02"', mem_limit: '1g', mem_reservation: '1g', mem_swappiness: '10', memswap_limit: '2g', models: '[llm]', network_mode: 'host', networks: '{net: {aliases: [nick]}}',
  oom_kill_disable: 'true', oom_score_adj: '5', pid: 'host', pids_limit: '5', platform: 'linux/amd64', ports: '["8080:80"]', post_start: '[{command: x}]', pre_start: '[{command: x}]', pre_stop: '[{command: x}]',
  privileged: 'true', profiles: '[off]', provider: '{type: x}', pull_policy: 'always', pull_refresh_after: '"24h"', read_only: 'true', restart: 'on-failure', runtime: 'runsc', scale: '2', secrets: '[sec]',
  security_opt: '["label:disable"]', shm_size: '64m', stdin_open: 'true', stop_grace_period: '5s', stop_signal: 'SIGQUIT', storage_opt: '{size: 1G}', sysctls: '{a: 1}', tmpfs: '/t', tty: 'true',
  ulimits: '{nproc: 5}', umask: '077', use_api_socket: 'true', user: '"5"', userns_mode: 'host', uts: 'host', volumes: '["vol:/v"]', volumes_from: '[other]', working_dir: '/w',
}; // prettier-ignore

const nested: readonly (readonly [what: string, service: string])[] = [
  ['healthcheck timings', 'healthcheck: {test: "true", interval: 7s, timeout: 3s, retries: 9, start_period: 11s, start_interval: 2s}'],
  ['update order', 'deploy: {update_config: {parallelism: 2, order: start-first, delay: 4s}}'],
  ['failure action', 'deploy: {update_config: {failure_action: rollback, monitor: 1s, max_failure_ratio: 0.1}}'],
  ['rollback', 'deploy: {rollback_config: {order: stop-first}}'],
  ['restart policy', 'deploy: {restart_policy: {condition: on-failure, delay: 1s, max_attempts: 2, window: 3s}}'],
  [
    'placement',
    'deploy: {placement: {constraints: ["node.labels.a == b", "node.role == manager"], preferences: [{spread: node.labels.z}], max_replicas_per_node: 1}}',
  ],
  ['limits', 'deploy: {resources: {limits: {cpus: "1", memory: 5m, pids: 4}, reservations: {cpus: "0.1", memory: 1m}}}'],
  ['endpoint mode', 'deploy: {endpoint_mode: dnsrr}\n    ports: ["80"]'],
  ['mode', 'deploy: {mode: global}'],
  ['deploy labels', 'deploy: {labels: {a: b}}'],
  ['port mode', 'ports: [{target: 80, mode: host}]'],
  ['bind options', 'volumes: [{type: bind, source: ./x, target: /x, bind: {propagation: rslave}}]'],
  ['tmpfs mode', 'volumes: [{type: tmpfs, target: /x, tmpfs: {mode: 511}}]'],
  ['volume labels', 'volumes: [{type: volume, source: vol, target: /x, volume: {labels: {a: b}}}]'],
  ['consistency', 'volumes: [{type: volume, source: vol, target: /x, consistency: cached}]'],
  ['an extension', 'x-mine: {a: b}'],
];

describe('nothing of a service is dropped in silence', () => {
  let loaded: LoadedCatalog;
  const project = (extra: string): Promise<ComposeImport> =>
    importTexts(
      {
        'compose.yaml': `services:\n  web:\n    image: a\n    ${extra}\n  other: {image: b, hostname: o}\nvolumes: {vol: }\nnetworks: {net: }\nconfigs: {cfg: {content: x}}\nsecrets: {sec: {environment: S}}\nmodels: {llm: {model: m}}\n`,
        'x.env': 'FROM=file\n',
      },
      loaded.catalog,
    );
  let base: string;
  const asText = ({ text, losses }: ComposeImport): string => text + losses.map(({ kind, path, reason }) => `${kind} ${path} ${reason}`).join('\n');
  beforeAll(async () => {
    loaded = await coreCatalog();
    base = asText(await project('restart: always'));
  });

  test('every key that compose knows of a service has a sample here', () => {
    const known = Object.keys(knownProperties(composeDefinition('service')));
    expect(Object.keys(samples).sort()).toEqual([...new Set([...known])].sort());
  });

  test.each(Object.entries(samples))('%s is carried or told', async (key, value) => {
    const made = await project(key === 'image' ? 'restart: always' : `${key}: ${value}`);
    if (key === 'image') expect(made.text).toContain('image: a');
    else expect(asText(made)).not.toBe(base);
  });

  test.each(nested)('%s is carried or told', async (_what, service) => {
    const made = asText(await project(service));
    expect(made).not.toBe(base);
    // Each key of the sample in turn: without it, the import differs.
    for (const key of service.match(/[a-z_-]+(?=: [^{[])/g) ?? []) {
      const without = service.replace(new RegExp(`(, )?${key}: [^,}\\]]+(, )?`), (_all, before?: string, after?: string) =>
        before !== undefined && after !== undefined ? ', ' : '',
      );
      if (['target', 'source', 'type', 'test', 'a'].includes(key)) continue;
      expect([key, asText(await project(without))]).not.toEqual([key, made]);
    }
  });

  test('each loss has its place, its reason and what to do', async () => {
    const { losses } = await project('ulimits: {nproc: 5}');
    expect(losses).toContainEqual({
      kind: 'lost',
      path: 'services.web.ulimits.nproc',
      file: 'compose.yaml',
      line: 4,
      column: 22,
      reason: "Limits of processes are the machine's own.",
      todo: "Ask who runs the machines, or set them in the image's entrypoint.",
    });
  });
});

describe('what services become', () => {
  let loaded: LoadedCatalog;
  beforeAll(async () => {
    loaded = await coreCatalog();
  });
  const objects = async (texts: Readonly<Record<string, string>>) => {
    const made = await importTexts(texts, loaded.catalog);
    const { objects: rendered } = renderWorkflow({ workflow: made.workflow, loaded, namespace: 'x' });
    return {
      made,
      find: (kind: string, name: string) => rendered.map((one) => one.object).find((object) => object.kind === kind && object.metadata.name === name),
    };
  };

  test('names of services that Kubernetes does not take are told and stay apart', async () => {
    const { made } = await objects({ 'compose.yaml': 'services: {My_App: {image: a}, my.app: {image: b}, 1st: {image: c}}' });
    expect(made.services).toMatchObject([
      { service: 'My_App', workload: { node: 'my-app' }, services: ['my-app'] },
      { service: 'my.app', workload: { node: 'my-app-2' }, services: [] },
      { service: '1st', workload: { node: 'svc-1st' }, services: ['svc-1st'] },
    ]);
    expect(made.losses.map((loss) => loss.reason)).toEqual(
      expect.arrayContaining(['"My_App" is no name that Services take: others reach it as "my-app".', 'The name "my-app" belongs to another Service already.']),
    );
  });

  test('command and entrypoint keep their meaning', async () => {
    const { find } = await objects({
      'compose.yaml': 'services: {a: {image: a, command: [x]}, b: {image: b, entrypoint: [e], command: [y, "$$$$(A)", "$$B"], environment: {A: 1}}}',
    });
    expect(find('Deployment', 'a')).toMatchObject({ spec: { template: { spec: { containers: [{ args: ['x'] }] } } } });
    expect(find('Deployment', 'a')).not.toHaveProperty('spec.template.spec.containers.0.command');
    expect(find('Deployment', 'b')).toMatchObject({ spec: { template: { spec: { containers: [{ command: ['e'], args: ['y', '$$$$(A)', '$B'] }] } } } });
  });

  test('a health check becomes probes with its timings', async () => {
    const { find } = await objects({
      'compose.yaml': 'services: {a: {image: a, healthcheck: {test: curl x, interval: 1m30s, timeout: 4s, retries: 5, start_period: 20s}}}',
    });
    const probe = { exec: { command: ['/bin/sh', '-c', 'curl x'] }, periodSeconds: 90, timeoutSeconds: 4, failureThreshold: 5 };
    expect(find('Deployment', 'a')).toMatchObject({
      spec: { template: { spec: { containers: [{ livenessProbe: probe, readinessProbe: probe, startupProbe: { periodSeconds: 5, failureThreshold: 9 } }] } } },
    });
  });

  test('hooks of a container run at its start and its end', async () => {
    const { find, made } = await objects({
      'compose.yaml':
        'services: {a: {image: a, post_start: [{command: ./up.sh x, user: root}], pre_stop: [{command: [./down.sh, "it\'s"]}, {command: ./bye}]}, b: {image: b, post_start: [{command: "x $PASSWORD"}]}}',
      '.env': 'PASSWORD=c4n4ry\n',
    });
    expect(find('Deployment', 'a')).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [
              {
                lifecycle: {
                  postStart: { exec: { command: ['./up.sh', 'x'] } },
                  preStop: { exec: { command: ['/bin/sh', '-c', String.raw`./down.sh 'it'\''s' && ./bye`] } },
                },
              },
            ],
          },
        },
      },
    });
    expect(JSON.stringify(made)).not.toContain('c4n4ry');
    const told = made.losses.map(({ kind, path }) => `${kind} ${path}`);
    expect(told).toEqual(
      expect.arrayContaining([
        'changed services.a.post_start',
        'lost services.a.post_start.0.user',
        'changed services.a.pre_stop',
        'lost services.b.post_start.0.command',
      ]),
    );
  });

  test('mounts of another service are its own where several pods can share them', async () => {
    const { find, made } = await objects({
      'compose.yaml': 'services: {a: {image: a, volumes: ["vol:/x", /y]}, b: {image: b, volumes_from: ["a:ro"]}}\nvolumes: {vol: }',
    });
    expect(find('Deployment', 'b')).toMatchObject({
      spec: {
        template: {
          spec: { containers: [{ volumeMounts: [{ mountPath: '/x', readOnly: true }] }], volumes: [{ persistentVolumeClaim: { claimName: 'vol' } }] },
        },
      },
    });
    expect(made.losses).toContainEqual(
      expect.objectContaining({ kind: 'lost', path: 'services.b.volumes_from.0', reason: 'What "a" mounts at /y belongs to its pods alone.' }),
    );
  });

  test('a service that others wait for to end is a Job, and the order follows', async () => {
    const { made } = await objects({
      'compose.yaml':
        'services: {web: {image: a, depends_on: {init: {condition: service_completed_successfully}, db: {condition: service_started}}}, init: {image: i}, db: {image: postgres}}',
    });
    expect(made.services.map((one) => one.workload?.kind)).toEqual(['deployment', 'job', 'statefulset']);
    expect(made.workflow.edges).toEqual(
      expect.arrayContaining([
        { from: 'web', to: 'init' },
        { from: 'web', to: 'db', ready: 'applied' },
      ]),
    );
  });

  test('a shared volume is one claim that can be mounted many times', async () => {
    const { made, find } = await objects({
      'compose.yaml':
        'services: {a: {image: a, volumes: ["vol:/x", "two:/y"]}, b: {image: b, volumes: ["vol:/z:ro"]}}\nvolumes: {vol: , two: {name: Own_Name}}',
    });
    expect(find('PersistentVolumeClaim', 'vol')).toMatchObject({ spec: { accessModes: ['ReadWriteMany'] } });
    expect(find('PersistentVolumeClaim', 'own-name')).toMatchObject({ spec: { accessModes: ['ReadWriteOnce'] } });
    expect(made.losses.some((loss) => loss.reason.includes('ReadWriteMany'))).toBe(true);
    expect(find('StatefulSet', 'a')).toMatchObject({
      spec: { template: { spec: { volumes: [{ persistentVolumeClaim: { claimName: 'vol' } }, { persistentVolumeClaim: { claimName: 'own-name' } }] } } },
    });
  });

  test('files of the folder become ConfigMaps, secrets keep their values to themselves', async () => {
    const canary = 'c4n4ry-value';
    const { made, find } = await objects({
      '.env': `TOKEN=${canary}\n`,
      'compose.yaml': `services:
  web:
    image: a
    volumes: ["./nginx.conf:/etc/nginx.conf:ro", "./key.pem:/k.pem", "./conf.d:/etc/conf.d"]
    env_file: web.env
    command: ["--token", "$TOKEN", "a-$TOKEN"]
    environment: {URL: "https://me:${canary}@host/", DB_PASSWORD: ${canary}, LEVEL: info, FROM: "x$TOKEN"}
    labels: {l: "$TOKEN"}
    healthcheck: {test: [CMD, check, "$TOKEN"]}
    configs: [c, p]
    secrets: [s]
configs: {c: {content: "t=$TOKEN"}, p: {content: plain}}
secrets: {s: {file: s.txt}}
`,
      'nginx.conf': 'listen 80;\n',
      'key.pem': canary,
      'conf.d/a.conf': 'a\n',
      'conf.d/b.conf': 'b\n',
      'web.env': `API_KEY=${canary}\nMODE=prod\n`,
      's.txt': canary,
    });
    expect(JSON.stringify(made)).not.toContain(canary);
    expect(find('ConfigMap', 'web-config')).toMatchObject({ data: { LEVEL: 'info', MODE: 'prod' } });
    expect(find('ConfigMap', 'nginx-conf-files')).toMatchObject({ data: { 'nginx.conf': 'listen 80;\n' } });
    expect(find('ConfigMap', 'conf-d-files')).toMatchObject({ data: { 'a.conf': 'a\n', 'b.conf': 'b\n' } });
    expect(made.secrets).toEqual(
      expect.arrayContaining([
        { node: 'web-secrets', keys: ['TOKEN', 'URL', 'DB_PASSWORD', 'FROM', 'API_KEY'] },
        { node: 's', keys: ['s'] },
        { node: 'c', keys: ['c'] },
      ]),
    );
    expect(find('Deployment', 'web')).toMatchObject({ spec: { template: { spec: { containers: [{ args: ['--token', '$(TOKEN)', 'a-$(TOKEN)'] }] } } } });
  });
});
