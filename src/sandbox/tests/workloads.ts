// A cluster in virtual time with a few words to say what is wanted and what is there.
import { VirtualClock } from '../clock';
import { startCluster, type Cluster } from '../cluster';
import type { JsonMap, KubeObject } from '../objects';
import type { Deployment, Pod, ReplicaSet } from '../objectTypes';
import type { SandboxOptions } from '../options';
import { systemWrite, type RemoveOptions } from '../registry';
import { readOpenApi } from './client';

export class TestCluster {
  readonly clock = new VirtualClock();
  readonly cluster: Cluster;

  constructor(options: SandboxOptions = {}) {
    this.cluster = startCluster(readOpenApi(), { seed: 'test', fault: rethrow, ...options, clock: this.clock }, 'PEM');
    this.clock.advance(10);
  }

  create(plural: string, body: object, namespace = 'default'): KubeObject {
    const { registry } = this.cluster;
    return registry.create(registry.kinds.named(plural), namespace, body as JsonMap, systemWrite('tests')).object;
  }

  apply(plural: string, body: object, namespace = 'default'): KubeObject {
    const { registry } = this.cluster;
    const { metadata } = body as { metadata: { name: string } };
    return registry.apply(registry.kinds.named(plural), namespace, metadata.name, '', body as JsonMap, true, systemWrite('tests')).object;
  }

  remove(plural: string, name: string, options: RemoveOptions = {}, namespace = 'default'): void {
    const { registry } = this.cluster;
    registry.remove(registry.kinds.named(plural), namespace, name, options);
  }

  find(plural: string, name: string, namespace = 'default'): KubeObject | undefined {
    const { registry } = this.cluster;
    return registry.storage.get(registry.kinds.named(plural), namespace, name);
  }

  all(plural: string, namespace?: string): readonly KubeObject[] {
    const { registry } = this.cluster;
    return registry.storage.list(registry.kinds.named(plural), namespace);
  }

  pods(): Pod[] {
    return this.all('pods', 'default') as Pod[];
  }

  sets(): ReplicaSet[] {
    return this.all('replicasets', 'default') as ReplicaSet[];
  }

  deployment(name = 'web'): Deployment {
    const found = this.find('deployments', name);
    if (found === undefined) throw new Error(`no deployment ${name}`);
    return found as Deployment;
  }

  /** Reasons of the events about an object, in the order in which they came first. */
  eventReasons(name: string): string[] {
    const about = this.all('events').filter((event) => (event['involvedObject'] as { name: string }).name === name);
    return about.sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion)).map((event) => String(event['reason']));
  }
}

function rethrow(error: unknown): never {
  throw error;
}

export function deploymentOf(image: string, replicas: number, more: { spec?: object; annotations?: Record<string, string>; container?: object } = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' }, ...(more.annotations ? { annotations: more.annotations } : {}) },
        spec: { containers: [{ name: 'web', image, ...more.container }] },
      },
      ...more.spec,
    },
  };
}

export function podOf(name: string, more: { annotations?: Record<string, string>; container?: object; spec?: object } = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(more.annotations ? { annotations: more.annotations } : {}) },
    spec: { containers: [{ name: 'main', image: 'redis:7', ...more.container }], ...more.spec },
  };
}
