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
import { endpointSlicePrinter, endpointsPrinter, ingressClassPrinter, ingressPrinter, networkPolicyPrinter, servicePrinter } from './network';
import { podPrinter } from './pods';
import { claimPrinter, storageClassPrinter, volumePrinter } from './storageKinds';
import { deploymentPrinter, replicaSetPrinter } from './workloads';

const printers: ReadonlyMap<string, Printer> = new Map([
  ['clusterroles', createdAtPrinter],
  ['configmaps', configMapPrinter],
  ['deployments', deploymentPrinter],
  ['endpoints', endpointsPrinter],
  ['endpointslices', endpointSlicePrinter],
  ['events', eventPrinter],
  ['ingressclasses', ingressClassPrinter],
  ['ingresses', ingressPrinter],
  ['leases', leasePrinter],
  ['namespaces', namespacePrinter],
  ['networkpolicies', networkPolicyPrinter],
  ['nodes', nodePrinter],
  ['persistentvolumeclaims', claimPrinter],
  ['persistentvolumes', volumePrinter],
  ['pods', podPrinter],
  ['priorityclasses', priorityClassPrinter],
  ['replicasets', replicaSetPrinter],
  ['roles', createdAtPrinter],
  ['secrets', secretPrinter],
  ['services', servicePrinter],
  ['storageclasses', storageClassPrinter],
]);

function printerOf(info: KindInfo): Printer {
  return printers.get(info.plural) ?? plainPrinter;
}

export function columnsOf(info: KindInfo): readonly Column[] {
  return printerOf(info).columns;
}

export function rowOf(info: KindInfo, object: KubeObject, nowMs: number): { cells: readonly (string | number | boolean)[]; conditions?: object[] } {
  const printer = printerOf(info);
  const conditions = printer.conditions?.(object);
  return { cells: printer.cells(object, nowMs), ...(conditions ? { conditions } : {}) };
}
