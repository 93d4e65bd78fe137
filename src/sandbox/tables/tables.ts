// Which table each kind is printed as.
import type { KindInfo } from '../kinds';
import type { KubeObject } from '../objects';
import {
  configMapPrinter,
  createdAtPrinter,
  eventPrinter,
  leasePrinter,
  namespacePrinter,
  nodePrinter,
  plainPrinter,
  priorityClassPrinter,
  secretPrinter,
} from './cluster';
import type { Column, Printer } from './columns';
import { customPrinter } from './custom';
import { endpointSlicePrinter, endpointsPrinter, ingressClassPrinter, ingressPrinter, networkPolicyPrinter, servicePrinter } from './network';
import { podPrinter } from './pods';
import { claimPrinter, storageClassPrinter, volumePrinter } from './storageKinds';
import { bindingPrinter, disruptionBudgetPrinter, quotaPrinter } from './policy';
import {
  autoscalerPrinter,
  controllerRevisionPrinter,
  cronJobPrinter,
  daemonSetPrinter,
  deploymentPrinter,
  jobPrinter,
  replicaSetPrinter,
  statefulSetPrinter,
} from './workloads';

const printers: ReadonlyMap<string, Printer> = new Map([
  ['clusterrolebindings', bindingPrinter],
  ['clusterroles', createdAtPrinter],
  ['configmaps', configMapPrinter],
  ['controllerrevisions', controllerRevisionPrinter],
  ['cronjobs', cronJobPrinter],
  ['customresourcedefinitions', createdAtPrinter],
  ['daemonsets', daemonSetPrinter],
  ['deployments', deploymentPrinter],
  ['endpoints', endpointsPrinter],
  ['endpointslices', endpointSlicePrinter],
  ['events', eventPrinter],
  ['horizontalpodautoscalers', autoscalerPrinter],
  ['ingressclasses', ingressClassPrinter],
  ['ingresses', ingressPrinter],
  ['jobs', jobPrinter],
  ['leases', leasePrinter],
  ['namespaces', namespacePrinter],
  ['networkpolicies', networkPolicyPrinter],
  ['nodes', nodePrinter],
  ['persistentvolumeclaims', claimPrinter],
  ['persistentvolumes', volumePrinter],
  ['poddisruptionbudgets', disruptionBudgetPrinter],
  ['pods', podPrinter],
  ['priorityclasses', priorityClassPrinter],
  ['replicasets', replicaSetPrinter],
  ['resourcequotas', quotaPrinter],
  ['rolebindings', bindingPrinter],
  ['roles', createdAtPrinter],
  ['secrets', secretPrinter],
  ['services', servicePrinter],
  ['statefulsets', statefulSetPrinter],
  ['storageclasses', storageClassPrinter],
]);

function printerOf(info: KindInfo): Printer {
  if (info.custom !== undefined) return customPrinter(info.custom);
  return printers.get(info.plural) ?? plainPrinter;
}

export function columnsOf(info: KindInfo): readonly Column[] {
  return printerOf(info).columns;
}

export function rowOf(info: KindInfo, object: KubeObject, nowMs: number): { cells: readonly (string | number | boolean)[]; conditions?: object[] } {
  const printer = printerOf(info);
  const stored = info.face?.stored(object) ?? object;
  const conditions = printer.conditions?.(stored);
  return { cells: printer.cells(stored, nowMs), ...(conditions ? { conditions } : {}) };
}
