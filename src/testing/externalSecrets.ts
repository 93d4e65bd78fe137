import type { Cluster } from '../engine/ports';
import type { JsonObject } from '../shared/json';
import type { KubeObject, ObjectRef } from '../shared/kubeObject';
import { until } from './until';

export const externalSecretsDefinition: ObjectRef = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  namespace: '',
  name: 'externalsecrets.external-secrets.io',
};

const text = { type: 'string' };
const object = (properties: JsonObject, ...required: readonly string[]): JsonObject => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required: [...required] }),
});

/** The parts of the External Secrets Operator's own definition that an ExternalSecret of ours uses; a field beside them is refused. */
const definition = {
  apiVersion: externalSecretsDefinition.apiVersion,
  kind: externalSecretsDefinition.kind,
  metadata: { name: externalSecretsDefinition.name },
  spec: {
    group: 'external-secrets.io',
    scope: 'Namespaced',
    names: { kind: 'ExternalSecret', plural: 'externalsecrets', singular: 'externalsecret', listKind: 'ExternalSecretList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: object({
            spec: object({
              refreshInterval: text,
              secretStoreRef: object({ name: { ...text, minLength: 1, maxLength: 253 }, kind: { ...text, enum: ['SecretStore', 'ClusterSecretStore'] } }),
              target: object({
                name: { ...text, minLength: 1, maxLength: 253 },
                creationPolicy: { ...text, enum: ['Owner', 'Orphan', 'Merge', 'None'] },
                template: object({ type: text }),
              }),
              data: {
                type: 'array',
                items: object(
                  {
                    secretKey: { ...text, minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' },
                    remoteRef: object({ key: text, property: text, version: text }, 'key'),
                  },
                  'remoteRef',
                  'secretKey',
                ),
              },
            }),
          }),
        },
      },
    ],
  },
} as unknown as KubeObject;

/** Makes the definition and waits until objects of its kind are taken. */
export async function installExternalSecrets(cluster: Cluster): Promise<void> {
  await cluster.create(definition);
  await until(
    'ExternalSecrets are served',
    async () => (await cluster.resourceOf({ apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret' })) !== undefined,
  );
}
