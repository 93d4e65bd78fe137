import { beforeAll, describe, expect, test } from 'vitest';
import type { ImportChoices } from '../../shared/importPreview';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { LoadedCatalog } from '../catalog';
import { checkChoices } from './choices';
import type { ComposeImport } from './composeImport';
import { importCompose } from './composeImport';
import { importManifests } from './manifests/importManifests';

const canary = 'c4n4ry-value';
const texts = {
  'compose.yaml': `name: shop
services:
  web:
    image: nginx:1.29
    environment:
      KEY_PREFIX: cart
      LEVEL: info
      URL: "https://me:${canary}@host/"
    volumes:
      - ./nginx.conf:/etc/nginx.conf:ro
      - ./uploads:/uploads
      - /srv/shared:/shared
      - cache:/cache
    ports: ["8080:80"]
    depends_on: [db]
  db:
    image: postgres:17
    volumes: ["data:/data"]
volumes: {data: , cache: }
`,
  'nginx.conf': 'listen 80;\n',
  'uploads/a/b.png': 'x',
};

let loaded: LoadedCatalog;
beforeAll(async () => {
  loaded = await coreCatalog();
});

async function imported(choices: ImportChoices = {}): Promise<ComposeImport> {
  const files = new MemoryFiles();
  for (const [path, text] of Object.entries(texts)) files.contents.set(path, text);
  return importCompose({ files, folder: '/project', paths: ['compose.yaml'], catalog: loaded.catalog, choices });
}
const nodeIn = ({ workflow }: ComposeImport, id: string) => workflow.nodes.find((node) => node.id === id);

describe('choices of an import', () => {
  test('each is offered with its reason, its options and its node, and the usual one counts', async () => {
    const made = await imported();
    const offered = (key: string) => made.choices.find((choice) => choice.key === key);
    expect(offered('workload:db')).toMatchObject({ node: 'db', value: 'statefulset', reason: 'It writes to the named volume "data".' });
    expect(offered('workload:web')).toMatchObject({ value: 'statefulset', reason: 'It writes to the named volume "cache".' });
    expect(offered('variable:web.KEY_PREFIX')).toMatchObject({ value: 'secret', options: ['secret', 'plain'] });
    expect(offered('variable:web.LEVEL')).toMatchObject({ value: 'plain' });
    expect(offered('mount:web./etc/nginx.conf')).toMatchObject({ value: 'configMap', options: ['configMap', 'secret', 'none'] });
    expect(offered('mount:web./uploads')).toMatchObject({ value: 'claim', options: ['claim', 'emptyDir', 'none'] });
    expect(offered('mount:web./shared')).toMatchObject({ value: 'none', options: ['none', 'emptyDir', 'claim'] });
    expect(made.choices.filter(({ kind }) => kind === 'node').map(({ node }) => node)).toEqual(made.workflow.nodes.map(({ id }) => id));
  });

  test('every option of every choice can be taken, and changes the workflow', async () => {
    const usual = await imported();
    for (const choice of usual.choices) {
      for (const option of choice.options) {
        const made = await imported({ [choice.key]: option });
        expect([choice.key, option, made.text === usual.text]).toEqual([choice.key, option, option === choice.value]);
        expect(made.choices.find(({ key }) => key === choice.key)).toMatchObject({ value: option });
        expect(JSON.stringify(made)).not.toContain(canary);
      }
    }
  });

  test('what holds a secret for sure cannot be chosen to stand in the file', async () => {
    const made = await imported({ 'variable:web.URL': 'plain' });
    expect(made.choices.some(({ key }) => key === 'variable:web.URL')).toBe(false);
    expect(made.text).not.toContain(canary);
    expect(made.secrets).toEqual([{ node: 'web-secrets', keys: ['KEY_PREFIX', 'URL'] }]);
  });

  test('a variable and a mount go where they are chosen to', async () => {
    const made = await imported({
      'variable:web.KEY_PREFIX': 'plain',
      'variable:web.LEVEL': 'secret',
      'mount:web./shared': 'claim',
      'mount:web./cache': 'emptyDir',
    });
    expect(nodeIn(made, 'web-config')?.data).toEqual({ data: { KEY_PREFIX: 'cart' } });
    expect(nodeIn(made, 'web-secrets')?.data).toEqual({ keys: ['LEVEL', 'URL'] });
    expect(made.workflow.edges).toContainEqual({ from: 'web-shared', to: 'web', mountPath: '/shared' });
    expect(nodeIn(made, 'cache')).toBeUndefined();
    expect(nodeIn(made, 'web')?.data['volumeMounts']).toEqual([{ type: 'emptyDir', name: 'empty-cache', mountPath: '/cache' }]);
  });

  test('a node that stays behind takes along what is there for it alone, and can be had back', async () => {
    const made = await imported({ 'node:db': 'leave' });
    expect(made.workflow.nodes.map(({ id }) => id)).not.toEqual(expect.arrayContaining(['db']));
    for (const id of ['db', 'db-svc', 'data']) {
      expect(nodeIn(made, id)).toBeUndefined();
      expect(made.choices).toContainEqual(expect.objectContaining({ key: `node:${id}`, value: 'leave' }));
    }
    expect(made.workflow.edges.some(({ from, to }) => [from, to].includes('db'))).toBe(false);
    expect(made.services.find(({ service }) => service === 'db')).toEqual({ service: 'db', services: [] });
    expect(nodeIn(await imported({ 'node:db': 'leave', 'node:data': 'keep' }), 'data')).toBeDefined();
  });

  test('every node names its lines', async () => {
    const { sources } = await imported();
    expect(sources['web']).toEqual([{ file: 'compose.yaml', line: 3, endLine: 15 }]);
    expect(sources['web-config']).toEqual([{ file: 'compose.yaml', line: 5, endLine: 8 }]);
    expect(sources['web-svc']).toEqual([{ file: 'compose.yaml', line: 14, endLine: 14 }]);
    expect(sources['data']).toEqual([{ file: 'compose.yaml', line: 19, endLine: 19 }]);
    expect(sources['nginx-conf-files']).toEqual([{ file: 'compose.yaml', line: 10, endLine: 10 }]);
  });

  test('one that is not on offer is refused by name', async () => {
    const { choices } = await imported();
    expect(() => checkChoices({ 'workload:nobody': 'job' }, choices)).toThrow(/no choice "workload:nobody".*workload:web/);
    expect(() => checkChoices({ 'workload:web': 'pod' }, choices)).toThrow(/deployment, statefulset/);
    checkChoices({ 'workload:web': 'job' }, choices);
  });

  test('objects of manifests have their lines, and can stay behind', async () => {
    const manifests = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { A: b }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80 }] }
`;
    const request = { texts: [{ file: 'a.yaml', text: manifests }], loaded, openApi: await shippedOpenApi() };
    const made = importManifests(request);
    expect(made.sources).toEqual({
      settings: [{ file: 'a.yaml', line: 1, endLine: 4 }],
      web: [{ file: 'a.yaml', line: 6, endLine: 9 }],
    });
    const left = importManifests({ ...request, choices: { 'node:web': 'leave' } });
    expect(left.workflow.nodes.map(({ id }) => id)).toEqual(['settings']);
    expect(left.objects.map(({ node }) => node)).toEqual(['settings']);
  });
});
