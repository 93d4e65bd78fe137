import type { KubeObject } from '../objects';
import type { Pod } from '../objectTypes';
import { systemWrite } from '../registry';
import type { Change } from '../storage';
import { sandboxProvisioner } from '../nodeFacts';
import { claimNamesOf, isFinished } from './podFacts';
import type { Behaviour, Key, World } from './world';

const manager = 'kube-controller-manager';
const claimProtection = 'kubernetes.io/pvc-protection';
const volumeProtection = 'kubernetes.io/pv-protection';

interface Claim extends KubeObject {
  spec: {
    accessModes?: string[];
    storageClassName?: string;
    volumeName?: string;
    volumeMode?: string;
    resources?: { requests?: { storage?: string } };
  };
  status?: { phase?: string; accessModes?: string[]; capacity?: { storage: string } };
}

interface Volume extends KubeObject {
  spec: { claimRef?: { uid?: string }; persistentVolumeReclaimPolicy?: string };
}

/** Gives claims a volume, as the provisioner of a default storage class does. No byte is ever stored in one. */
export class Claims implements Behaviour {
  readonly plural = 'persistentvolumeclaims';
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A claim that is to go waits for the last pod that uses it; one without a class waits for a class. */
  concerned(change: Change): KubeObject[] {
    const { registry } = this.#world;
    const claims = registry.kinds.named('persistentvolumeclaims');
    if (change.info.plural === 'storageclasses') return registry.storage.list(claims).filter((claim) => (claim as Claim).spec.volumeName === undefined);
    if (change.info.plural === 'persistentvolumes' && change.type === 'MODIFIED' && change.object.metadata.deletionTimestamp !== undefined) {
      this.#releaseVolume(change.object as Volume);
      return [];
    }
    if (change.info.plural !== 'pods' || change.type === 'ADDED') return [];
    return claimNamesOf(change.object as Pod).flatMap((name) => {
      const found = registry.storage.get(claims, change.object.metadata.namespace ?? '', name);
      return found?.metadata.deletionTimestamp === undefined ? [] : [found];
    });
  }

  reconcile(key: Key, object: KubeObject | undefined): void {
    if (object === undefined) {
      this.#reclaim();
      return;
    }
    const claim = object as Claim;
    if (claim.metadata.deletionTimestamp !== undefined) this.#release(key, claim);
    else if (claim.metadata.finalizers?.includes(claimProtection) !== true) {
      // Somebody replaced the claim without it.
      const finalizers = [...(claim.metadata.finalizers ?? []), claimProtection];
      this.#world.registry.write(key.info, { ...claim, metadata: { ...claim.metadata, finalizers } }, manager);
    } else if (claim.spec.volumeName === undefined || claim.spec.volumeName === '') this.#provision(key, claim);
  }

  #provision(key: Key, claim: Claim): void {
    const { registry, events } = this.#world;
    const wanted = claim.spec.storageClassName;
    // The empty name asks for a volume that somebody makes by hand.
    if (wanted === '') {
      this.#noClass(claim);
      return;
    }
    const classes = registry.storage.list(registry.kinds.named('storageclasses'));
    const found = classes.find((one) =>
      wanted === undefined ? one.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' : one.metadata.name === wanted,
    );
    if (found === undefined) {
      if (wanted === undefined) this.#noClass(claim);
      else {
        const message = `storageclass.storage.k8s.io "${wanted}" not found`;
        events.record(claim, 'persistentvolume-controller', { type: 'Warning', reason: 'ProvisioningFailed', message });
      }
      return;
    }
    if (found['provisioner'] !== sandboxProvisioner) {
      const message = `Waiting for a volume to be created either by the external provisioner '${String(found['provisioner'])}' or manually by the system administrator.`;
      events.record(claim, 'persistentvolume-controller', { type: 'Normal', reason: 'ExternalProvisioning', message });
      return;
    }
    const name = `pvc-${claim.metadata.uid ?? ''}`;
    const capacity = { storage: claim.spec.resources?.requests?.storage ?? '1Gi' };
    this.#createVolume(claim, name, found.metadata.name, capacity);
    // Binding sets the volume beside the usual rules, under which a claim's spec hardly changes.
    registry.storage.put(key.info, {
      ...claim,
      metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' } },
      spec: { ...claim.spec, storageClassName: found.metadata.name, volumeName: name },
      status: { phase: 'Bound', accessModes: claim.spec.accessModes ?? [], capacity },
    });
    events.record(claim, 'sandbox-provisioner', { type: 'Normal', reason: 'ProvisioningSucceeded', message: `Successfully provisioned volume ${name}` });
  }

  #noClass(claim: Claim): void {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    this.#world.events.record(claim, 'persistentvolume-controller', { type: 'Normal', reason: 'FailedBinding', message });
  }

  #createVolume(claim: Claim, name: string, className: string, capacity: { storage: string }): void {
    const { registry } = this.#world;
    const info = registry.kinds.named('persistentvolumes');
    if (registry.storage.get(info, '', name) !== undefined) return;
    const { namespace = '', uid = '', resourceVersion = '' } = claim.metadata;
    const body = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': sandboxProvisioner } },
      spec: {
        capacity,
        accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: claim.metadata.name, uid, resourceVersion },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: className,
        hostPath: { path: `/sandbox/${name}` },
      },
    };
    const { object } = registry.create(info, '', body, systemWrite(manager));
    registry.write(info, { ...object, status: { phase: 'Bound' } }, manager, 'status');
  }

  #release(key: Key, claim: Claim): void {
    const { registry } = this.#world;
    const pods = registry.storage.list(registry.kinds.named('pods'), key.namespace) as readonly Pod[];
    if (pods.some((pod) => !isFinished(pod) && claimNamesOf(pod).includes(claim.metadata.name))) return;
    const finalizers = (claim.metadata.finalizers ?? []).filter((one) => one !== claimProtection);
    if (finalizers.length === claim.metadata.finalizers?.length) return;
    registry.write(key.info, { ...claim, metadata: { ...claim.metadata, finalizers } }, manager);
  }

  /** Volumes whose claim has gone go too, or are told to be released, as their policy says. */
  #reclaim(): void {
    const { registry } = this.#world;
    const info = registry.kinds.named('persistentvolumes');
    const claims = new Set(registry.storage.list(registry.kinds.named('persistentvolumeclaims')).map((claim) => claim.metadata.uid));
    for (const object of [...registry.storage.list(info)]) {
      const { claimRef, persistentVolumeReclaimPolicy } = (object as Volume).spec;
      if (claimRef?.uid === undefined || claims.has(claimRef.uid)) continue;
      if (persistentVolumeReclaimPolicy === 'Delete') registry.remove(info, '', object.metadata.name);
      else if ((object.status as { phase?: string } | undefined)?.phase !== 'Released')
        registry.write(info, { ...object, status: { phase: 'Released' } }, manager, 'status');
    }
  }

  #releaseVolume(volume: Volume): void {
    const { registry } = this.#world;
    const claims = registry.storage.list(registry.kinds.named('persistentvolumeclaims'));
    if (claims.some((claim) => claim.metadata.uid === volume.spec.claimRef?.uid)) return;
    const finalizers = (volume.metadata.finalizers ?? []).filter((one) => one !== volumeProtection);
    if (finalizers.length === (volume.metadata.finalizers?.length ?? 0)) return;
    registry.write(registry.kinds.named('persistentvolumes'), { ...volume, metadata: { ...volume.metadata, finalizers } }, manager);
  }
}
