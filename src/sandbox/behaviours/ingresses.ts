import type { KubeObject } from '../objects';
import type { Ingress, LoadBalancerStatus } from '../objectTypes';
import { sandboxIngressController } from '../nodeFacts';
import type { Behaviour, Key, World } from './world';

/** In the documentation range of RFC 5737, as a real ingress controller would have one address for all. */
const ingressAddress = '203.0.113.2';

/** Gives an ingress its address after a moment. One of a class that is declared as another controller's waits for that one. */
export class Ingresses implements Behaviour {
  readonly plural = 'ingresses';
  readonly #world: World;
  readonly #waiting = new Map<string, () => void>();

  constructor(world: World) {
    this.#world = world;
  }

  reconcile(key: Key, object: KubeObject | undefined): void {
    const id = `${key.namespace}/${key.name}`;
    const ingress = object as Ingress | undefined;
    if (ingress === undefined || !this.#isOurs(ingress)) {
      this.#waiting.get(id)?.();
      this.#waiting.delete(id);
      return;
    }
    if (this.#waiting.has(id) || (ingress.status.loadBalancer?.ingress?.length ?? 0) > 0) return;
    const { clock, delays, registry, events } = this.#world;
    events.record(ingress, 'ingress-controller', { type: 'Normal', reason: 'Sync', message: 'Scheduled for sync' });
    const cancel = clock.after(delays.addressMs, () => {
      this.#waiting.delete(id);
      const now = registry.storage.get(key.info, key.namespace, key.name) as Ingress | undefined;
      if (now === undefined || !this.#isOurs(now)) return;
      const loadBalancer: LoadBalancerStatus = { ingress: [{ ip: ingressAddress }] };
      registry.write(key.info, { ...now, status: { ...now.status, loadBalancer } }, 'ingress-controller', 'status');
    });
    this.#waiting.set(id, cancel);
  }

  close(): void {
    for (const cancel of this.#waiting.values()) cancel();
  }

  /** Ours by default; not when its class is declared and belongs to another controller. */
  #isOurs(ingress: Ingress): boolean {
    if (ingress.metadata.deletionTimestamp !== undefined) return false;
    const name = ingress.spec.ingressClassName;
    if (name === undefined) return true;
    const { registry } = this.#world;
    const found = registry.storage.get(registry.kinds.named('ingressclasses'), '', name);
    // People write the class of their real cluster. The sandbox stands in for it unless that class is declared as another's.
    return found === undefined || (found.spec as { controller?: string }).controller === sandboxIngressController;
  }
}
