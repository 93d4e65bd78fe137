// Events as controllers and the kubelet write them: repeated ones are counted, not repeated.
import { ApiError } from '../apiStatus';
import { timestampOf, type Clock } from '../clock';
import type { JsonMap, KubeObject } from '../objects';
import type { ClusterEvent } from '../objectTypes';
import { systemWrite, type Registry } from '../registry';

export interface EventText {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** `spec.containers{web}` for what concerns one container. */
  fieldPath?: string;
}

/** A real cluster forgets its events after an hour. */
const forgetAfterMs = 60 * 60_000;

export class EventRecorder {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #known = new Map<string, { namespace: string; name: string }>();
  readonly #forgets = new Set<() => void>();
  #counter = 0;

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /** Writes an event about `object`, or counts up the one that said the same before. Nothing is written into a namespace that is going. */
  record(object: KubeObject, component: string, text: EventText): void {
    const now = timestampOf(this.#clock.now());
    const info = this.#registry.kinds.named('events');
    const { metadata } = object;
    const namespace = metadata.namespace ?? 'default';
    const key = [metadata.uid, component, text.type, text.reason, text.message, text.fieldPath].join('\0');
    const known = this.#known.get(key);
    const earlier = known && (this.#registry.storage.get(info, known.namespace, known.name) as ClusterEvent | undefined);
    if (earlier !== undefined) {
      const next: ClusterEvent = { ...earlier, count: (earlier.count ?? 1) + 1, lastTimestamp: now };
      this.#registry.write(info, next, component);
      return;
    }
    const name = `${metadata.name}.${this.#suffix()}`;
    const body: JsonMap = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        kind: object.kind,
        ...(metadata.namespace === undefined ? {} : { namespace }),
        name: metadata.name,
        uid: metadata.uid ?? '',
        apiVersion: object.apiVersion,
        resourceVersion: metadata.resourceVersion ?? '',
        ...(text.fieldPath === undefined ? {} : { fieldPath: text.fieldPath }),
      },
      reason: text.reason,
      message: text.message,
      source: { component, ...(component === 'kubelet' ? { host: 'sandbox' } : {}) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type: text.type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: component === 'kubelet' ? 'sandbox' : '',
    };
    try {
      this.#registry.create(info, namespace, body, systemWrite(component));
    } catch (error) {
      if (error instanceof ApiError && (error.code === 403 || error.code === 404)) return;
      throw error;
    }
    this.#known.set(key, { namespace, name });
    const forget = this.#clock.after(forgetAfterMs, () => {
      this.#forgets.delete(forget);
      this.#known.delete(key);
      if (this.#registry.storage.get(info, namespace, name) !== undefined) this.#registry.remove(info, namespace, name);
    });
    this.#forgets.add(forget);
  }

  close(): void {
    for (const forget of this.#forgets) forget();
    this.#forgets.clear();
  }

  /** Names of events carry a time in hexadecimal nanoseconds; the counter keeps those of one moment apart. */
  #suffix(): string {
    return (BigInt(Math.floor(this.#clock.now())) * 1_000_000n + BigInt(this.#counter++ % 1_000_000)).toString(16);
  }
}
