import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../shared/json';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import { parseWorkflow } from '../document/parse';
import { namespaceOf } from '../environment';
import { patchedObject } from '../merge';
import { renderWorkflow } from '../render';
import type { EnvironmentObjects, Export } from './exportFiles';
import { argoApplication, exportKustomize, exportManifests } from './exportFiles';

const loaded = await coreCatalog();
const openApi = await shippedOpenApi();

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
namespace: shop
environments:
  prod: { namespace: shop-prod, set: { web: { replicas: 5, env: { LEVEL: warn, EXTRA: 'on' } }, cache: { manifest: { spec: { sizes: [1] } } } } }
  same: { namespace: shop }
nodes:
  web: { type: deployment, image: nginx:1, replicas: 2, port: 80, env: { LEVEL: info } }
  web-svc: { type: service, name: web, port: 80 }
  login: { type: secret, keys: [PASSWORD] }
  cache: { type: manifest, manifest: { apiVersion: example.com/v1, kind: Cache, spec: { sizes: [1, 2] } } }
edges:
  - web-svc -> web
`;

function objectsFor(text: string, environment?: string): EnvironmentObjects {
  const { workflow } = parseWorkflow(text);
  const namespace = namespaceOf(workflow, environment);
  const { objects, problems } = renderWorkflow({ workflow, loaded, namespace, ...(environment === undefined ? {} : { environment }) });
  expect(problems).toEqual([]);
  return { name: environment ?? '', namespace, objects };
}

function contentOf({ files }: Export, path: string): JsonObject {
  const found = files.find((file) => file.path === path);
  if (found === undefined) throw new Error(`${path} is not among ${files.map((file) => file.path).join(', ')}`);
  return parse(found.text) as JsonObject;
}

describe('exporting', () => {
  test('gives each object a file, without our ownership, and leaves out Secrets whose values are in no file', () => {
    const made = exportManifests(objectsFor(shop).objects);
    expect(made.files.map(({ path }) => path)).toEqual(['web-deployment.yaml', 'web-service.yaml', 'cache-cache.yaml']);
    expect(made.leftOut).toMatchObject([{ kind: 'Secret', name: 'login' }]);
    const deployment = contentOf(made, 'web-deployment.yaml');
    expect(deployment).toMatchObject({ metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 2 } });
    expect((deployment['metadata'] as JsonObject)['labels']).toEqual({
      app: 'web',
      'app.kubernetes.io/name': 'web',
      'app.kubernetes.io/part-of': 'shop',
      version: 'v1',
    });
  });

  test('gives a base and overlays whose patches make what each environment renders', () => {
    const made = exportKustomize(objectsFor(shop), [objectsFor(shop, 'prod'), objectsFor(shop, 'same')], openApi);
    expect(contentOf(made, 'base/kustomization.yaml')).toMatchObject({
      namespace: 'shop',
      resources: ['web-deployment.yaml', 'web-service.yaml', 'cache-cache.yaml'],
    });
    const overlay = contentOf(made, 'overlays/prod/kustomization.yaml');
    expect(overlay).toMatchObject({ namespace: 'shop-prod', resources: ['../../base'], patches: [{ path: 'patch-1.yaml' }, { path: 'patch-2.yaml' }] });
    const patch = contentOf(made, 'overlays/prod/patch-1.yaml');
    expect(patch).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 5,
        template: {
          spec: {
            containers: [
              {
                name: 'web',
                env: [
                  { name: 'LEVEL', value: 'warn' },
                  { name: 'EXTRA', value: 'on' },
                ],
              },
            ],
          },
        },
      },
    });
    const wanted = exportManifests(objectsFor(shop, 'prod').objects);
    const { metadata, ...rest } = patchedObject(contentOf(made, 'base/web-deployment.yaml'), patch) as { readonly metadata: JsonObject };
    expect({ ...rest, metadata: { ...metadata, namespace: 'shop-prod' } }).toEqual(contentOf(wanted, 'web-deployment.yaml'));
    // The structure of a custom kind is not known: its lists are replaced.
    expect(contentOf(made, 'overlays/prod/patch-2.yaml')).toMatchObject({ kind: 'Cache', spec: { sizes: [1] } });
    expect(contentOf(made, 'overlays/same/kustomization.yaml')).not.toHaveProperty('patches');
  });

  test('leaves every object where it is when one goes to another namespace', () => {
    const text = shop.replace('name: web, port: 80', 'name: web, namespace: edge, port: 80').replace('  - web-svc -> web\n', '').replace('edges:\n', '');
    const made = exportKustomize(objectsFor(text), [objectsFor(text, 'prod')], openApi);
    expect(contentOf(made, 'base/kustomization.yaml')).not.toHaveProperty('namespace');
    expect(contentOf(made, 'base/web-service.yaml')).toMatchObject({ metadata: { namespace: 'edge' } });
    expect(contentOf(made, 'overlays/prod/web-deployment.yaml')).toMatchObject({ metadata: { namespace: 'shop-prod' }, spec: { replicas: 5 } });
    expect(contentOf(made, 'overlays/prod/patch-1.yaml')).toMatchObject({ $patch: 'delete', metadata: { name: 'web', namespace: 'shop' } });
  });

  test('gives the Application of Argo CD', () => {
    const request = { name: 'shop', repository: 'https://git.example.com/shop.git', path: 'deploy', revision: 'main', namespace: 'shop', project: 'default' };
    expect(argoApplication({ ...request, argoNamespace: 'argocd', server: 'https://kubernetes.default.svc', automated: false })).toMatchInlineSnapshot(`
      "apiVersion: argoproj.io/v1alpha1
      kind: Application
      metadata:
        name: shop
        namespace: argocd
      spec:
        project: default
        source:
          repoURL: https://git.example.com/shop.git
          targetRevision: main
          path: deploy
        destination:
          server: https://kubernetes.default.svc
          namespace: shop
        syncPolicy:
          syncOptions:
            - CreateNamespace=true
            - ServerSideApply=true
      "
    `);
  });
});
