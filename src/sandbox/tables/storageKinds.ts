import type { KubeObject } from '../objects';
import { ageOf, column, none, wide, type Printer } from './columns';

const shortModes: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

interface VolumeLike extends KubeObject {
  spec: {
    accessModes?: string[];
    capacity?: { storage?: string };
    storageClassName?: string;
    volumeAttributesClassName?: string;
    volumeMode?: string;
    volumeName?: string;
    persistentVolumeReclaimPolicy?: string;
    claimRef?: { namespace: string; name: string };
  };
  status?: { phase?: string; reason?: string; accessModes?: string[]; capacity?: { storage?: string } };
}

function modesText(modes: readonly string[] | undefined): string {
  return (modes ?? []).map((mode) => shortModes[mode] ?? mode).join(',');
}

function phaseOf(object: KubeObject, phase: string | undefined): string {
  return object.metadata.deletionTimestamp === undefined ? (phase ?? '') : 'Terminating';
}

export const claimPrinter: Printer = {
  columns: [
    column('Name'),
    column('Status'),
    column('Volume'),
    column('Capacity'),
    column('Access Modes'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    column('Age'),
    wide('VolumeMode'),
  ],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as VolumeLike;
    const bound = spec.volumeName !== undefined && spec.volumeName !== '';
    return [
      metadata.name,
      phaseOf(object, status?.phase),
      spec.volumeName ?? '',
      bound ? (status?.capacity?.storage ?? '') : '',
      bound ? modesText(status?.accessModes) : '',
      spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      ageOf(object, nowMs),
      spec.volumeMode ?? '<unset>',
    ];
  },
};

export const volumePrinter: Printer = {
  columns: [
    column('Name'),
    column('Capacity'),
    column('Access Modes'),
    column('Reclaim Policy'),
    column('Status'),
    column('Claim'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    column('Reason'),
    column('Age'),
    wide('VolumeMode'),
  ],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as VolumeLike;
    return [
      metadata.name,
      spec.capacity?.storage ?? '',
      modesText(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? '',
      phaseOf(object, status?.phase),
      spec.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : '',
      spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      status?.reason ?? '',
      ageOf(object, nowMs),
      spec.volumeMode ?? '<unset>',
    ];
  },
};

export const storageClassPrinter: Printer = {
  columns: [column('Name'), column('Provisioner'), column('ReclaimPolicy'), column('VolumeBindingMode'), column('AllowVolumeExpansion'), column('Age')],
  cells(object, nowMs) {
    const isDefault = object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
    const text = (field: string, empty: string): string => (typeof object[field] === 'string' ? object[field] : empty);
    return [
      isDefault ? `${object.metadata.name} (default)` : object.metadata.name,
      text('provisioner', none),
      text('reclaimPolicy', 'Delete'),
      text('volumeBindingMode', 'Immediate'),
      object['allowVolumeExpansion'] === true ? 'true' : 'false',
      ageOf(object, nowMs),
    ];
  },
};
