import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, sameJson } from '../../shared/json';
import type { Workflow } from '../../shared/workflow';
import { nodeById, objectName } from '../../shared/workflow';
import type { MountType } from './mounts';

export type VolumeType = MountType | 'emptyDir' | 'hostPath';

/** A volume as templates see it: `source` is the object's name, or the path of a `hostPath`. */
export type PodVolume = JsonObject & { readonly name: string; readonly type: VolumeType; readonly source: string };

/** What else makes a volume of the same source another one: a volume has its settings for all who mount it. */
const settingsOf: Readonly<Record<VolumeType, readonly string[]>> = {
  configMap: ['mode', 'items', 'optional'],
  secret: ['mode', 'items', 'optional'],
  persistentVolumeClaim: [],
  emptyDir: ['emptyDir'],
  hostPath: ['hostPathType'],
};

/** Collects the volumes of one pod while the mounts of its containers are gone through. */
export class PodVolumes {
  readonly #workflow: Workflow;
  /** Names that volumes have which are written out, or made by claim templates. */
  readonly #written: ReadonlySet<string>;
  readonly #volumes: PodVolume[] = [];

  constructor(workflow: Workflow, written: readonly JsonValue[], claims: readonly JsonObject[]) {
    this.#workflow = workflow;
    this.#written = new Set([...written, ...claims].flatMap((one) => (isJsonObject(one) && typeof one['name'] === 'string' ? [one['name']] : [])));
  }

  get all(): readonly PodVolume[] {
    return this.#volumes;
  }

  /** A container's mount with the name of its volume; undefined for one that says too little. */
  mountOf(mount: JsonValue): JsonObject | undefined {
    if (!isJsonObject(mount)) return undefined;
    const { type, mountPath, name } = mount;
    if (typeof mountPath !== 'string') return undefined;
    let volume: string;
    if (type === 'volume') {
      if (typeof name !== 'string' || name === '') return undefined;
      volume = name;
    } else {
      const source = isVolumeType(type) ? this.#sourceOf(type, mount) : undefined;
      if (!isVolumeType(type) || source === undefined) return undefined;
      volume = this.#volumeFor(type, source, this.#settings(type, mount));
    }
    const made = jsonObject([
      ['volume', volume],
      ['mountPath', mountPath],
    ]);
    for (const key of ['subPath', 'subPathExpr', 'mountPropagation']) if (typeof mount[key] === 'string') made[key] = mount[key];
    // The kubelet mounts these two read-only whatever the pod asks for; saying so keeps the object honest.
    if (type === 'configMap' || type === 'secret' || mount['readOnly'] === true) made['readOnly'] = true;
    if (mount['device'] === true) made['device'] = true;
    return made;
  }

  #sourceOf(type: VolumeType, mount: JsonObject): string | undefined {
    if (type !== 'hostPath') return sourceName(this.#workflow, mount);
    const { hostPath } = mount;
    return typeof hostPath === 'string' && hostPath !== '' ? hostPath : undefined;
  }

  #settings(type: VolumeType, mount: JsonObject): JsonObject {
    const found = jsonObject();
    if (type === 'emptyDir') {
      const empty = jsonObject();
      for (const key of ['medium', 'sizeLimit']) {
        const value = mount[key];
        if (value !== undefined) empty[key] = typeof value === 'number' ? String(value) : value;
      }
      found['emptyDir'] = empty;
      return found;
    }
    for (const key of settingsOf[type]) {
      const value = mount[key];
      if (value !== undefined) found[key] = key === 'mode' ? (modeNumber(value) ?? value) : value;
    }
    return found;
  }

  /**
   * One volume per mounted object and settings, called `<name>-volume`; a second one of the same name has its type in front
   * of that, further ones a number.
   */
  #volumeFor(type: VolumeType, source: string, settings: JsonObject): string {
    const known = this.#volumes.find((volume) => volume.type === type && volume.source === source && this.#hasSettings(volume, settings));
    if (known !== undefined) return known.name;
    const taken = new Set([...this.#written, ...this.#volumes.map((volume) => volume.name)]);
    const base = type === 'hostPath' ? source.replaceAll(/[^A-Za-z0-9]+/g, '-') : source;
    const candidates = [`${base}-volume`, `${base}-${type.toLowerCase()}-volume`].map(asLabel);
    let name = candidates.find((candidate) => !taken.has(candidate));
    for (let number = 2; name === undefined; number += 1) {
      const numbered = asLabel(`${base.slice(0, 40)}-${number}-volume`);
      if (!taken.has(numbered)) name = numbered;
    }
    this.#volumes.push(Object.assign(jsonObject(Object.entries(settings)), { name, type, source }));
    return name;
  }

  /** An emptyDir is shared by its name; the first mount that names it says how large it may grow. */
  #hasSettings(volume: PodVolume, settings: JsonObject): boolean {
    return volume.type === 'emptyDir' || settingsOf[volume.type].every((key) => sameJson(volume[key], settings[key]));
  }
}

/** The permissions of files as the API takes them: a number. Text is octal, as `chmod` takes it. */
export function modeNumber(value: JsonValue): number | undefined {
  return typeof value === 'string' && /^[0-7]{3,4}$/.test(value) ? Number.parseInt(value, 8) : undefined;
}

/** The name of what is mounted: the name as written, else that of the node it refers to. */
export function sourceName(workflow: Workflow, mount: JsonObject): string | undefined {
  const { name, nodeId } = mount;
  if (typeof name === 'string' && name.trim() !== '') return name.trim();
  const node = typeof nodeId === 'string' ? nodeById(workflow, nodeId) : undefined;
  return node === undefined ? undefined : objectName(node);
}

/** Brings an object's name (which may have dots and 253 characters) to a DNS label, keeping its end. */
export function asLabel(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(-63)
    .replaceAll(/^-+|-+$/g, '');
}

function isVolumeType(value: JsonValue | undefined): value is VolumeType {
  return typeof value === 'string' && Object.hasOwn(settingsOf, value);
}
