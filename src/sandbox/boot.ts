// What stands in a fresh cluster before anybody has asked for anything.
import { cpus, totalmem } from 'node:os';
import { createBootRoles } from './access/bootRoles';
import { timestampOf, type Clock } from './clock';
import { nodeAddress, nodeName, sandboxIngressController, sandboxProvisioner } from './nodeFacts';
import type { JsonMap, KubeObject } from './objects';
import { systemWrite, type Registry } from './registry';

/** Namespaces, the node, and the service under which pods reach the API server. */
export function bootCluster(registry: Registry, clock: Clock, version: string): void {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    create(registry, 'namespaces', '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const node = create(registry, 'nodes', '', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'node-role.kubernetes.io/sandbox': '' },
    },
    spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
  });
  registry.write(registry.kinds.named('nodes'), { ...node, status: nodeStatus(clock, version) }, 'kubelet', 'status');
  create(registry, 'services', 'default', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }], type: 'ClusterIP' },
  });
  const ingressClass = (metadata: JsonMap): KubeObject =>
    create(registry, 'ingressclasses', '', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata,
      spec: { controller: sandboxIngressController },
    });
  ingressClass({ name: 'sandbox', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } });
  // The class that most files name; the sandbox's own controller serves it and says so.
  ingressClass({ name: 'nginx' });
  createBootRoles(registry);
  create(registry, 'storageclasses', '', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: sandboxProvisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  });
}

function create(registry: Registry, plural: string, namespace: string, body: JsonMap): KubeObject {
  return registry.create(registry.kinds.named(plural), namespace, body, systemWrite('kubeorch-sandbox')).object;
}

function nodeStatus(clock: Clock, version: string): JsonMap {
  const now = timestampOf(clock.now());
  const condition = (type: string, status: string, reason: string, message: string): JsonMap => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  const size: JsonMap = { cpu: String(cpus().length), memory: `${String(Math.floor(totalmem() / 1024))}Ki`, pods: '1000', 'ephemeral-storage': '100Gi' };
  return {
    capacity: size,
    allocatable: size,
    addresses: [
      { type: 'InternalIP', address: nodeAddress },
      { type: 'Hostname', address: nodeName },
    ],
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'the sandbox runs no processes'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'the sandbox writes no files'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'the sandbox runs no processes'),
      condition('Ready', 'True', 'KubeletReady', 'the sandbox node is ready'),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: '',
      systemUUID: '',
      bootID: '',
      kernelVersion: 'simulated',
      osImage: 'KubeOrch sandbox (no real containers)',
      containerRuntimeVersion: 'sandbox://1.0.0',
      kubeletVersion: `${version}+sandbox`,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}
