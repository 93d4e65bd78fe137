import type { OpenApi } from '../../openapi';
import { Autoscalers } from './autoscalers';
import { Claims } from './claims';
import { CronJobs } from './cronJobs';
import { CustomDefinitions } from './customDefinitions';
import { DaemonSets } from './daemonSets';
import { Deployments } from './deployments';
import { DisruptionBudgets } from './disruptionBudgets';
import { EventRecorder } from './events';
import { GarbageCollector } from './garbage';
import { Ingresses } from './ingresses';
import { Jobs } from './jobs';
import { Kubelet } from './kubelet';
import { Namespaces } from './namespaces';
import { ReplicaSets } from './replicaSets';
import { ResourceQuotas } from './resourceQuotas';
import { Services } from './services';
import { StatefulSets } from './statefulSets';
import { Reconciler, type World } from './world';

export interface RunningBehaviours {
  kubelet: Kubelet;
  close(): void;
}

/** Brings the cluster to life: from here on every change has its consequences. */
export function startBehaviours(parts: Omit<World, 'events'>, openApi: OpenApi): RunningBehaviours {
  const events = new EventRecorder(parts.registry, parts.clock);
  const world: World = { ...parts, events };
  const loop = new Reconciler(world);
  const kubelet = new Kubelet(world);
  const services = new Services(world);
  const ingresses = new Ingresses(world);
  const cronJobs = new CronJobs(world, loop);
  const autoscalers = new Autoscalers(world);
  for (const behaviour of [
    new Namespaces(world),
    new Claims(world),
    new Deployments(world, loop),
    new ReplicaSets(world, loop),
    new StatefulSets(world, loop),
    new DaemonSets(world, loop),
    new Jobs(world, loop),
    cronJobs,
    autoscalers,
    new DisruptionBudgets(world),
    new ResourceQuotas(world),
    new CustomDefinitions(world, openApi),
    kubelet,
    services,
    ingresses,
  ])
    loop.add(behaviour);
  const garbage = new GarbageCollector(world);
  return {
    kubelet,
    close: () => {
      garbage.close();
      loop.close();
      kubelet.close();
      services.close();
      ingresses.close();
      cronJobs.close();
      autoscalers.close();
      events.close();
    },
  };
}
