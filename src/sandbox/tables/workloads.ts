import { selectorText } from '../selectors';
import type { Deployment, ReplicaSet } from '../objectTypes';
import { ageOf, column, imagesOf, namesOf, whole, wide, type Printer } from './columns';

const podColumns = [wide('Containers'), wide('Images'), wide('Selector')];

export const deploymentPrinter: Printer = {
  columns: [column('Name'), column('Ready'), column('Up-to-date'), column('Available'), column('Age'), ...podColumns],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as Deployment;
    return [
      metadata.name,
      `${String(status.readyReplicas ?? 0)}/${String(spec.replicas)}`,
      status.updatedReplicas ?? 0,
      status.availableReplicas ?? 0,
      ageOf(object, nowMs),
      namesOf(spec.template.spec.containers),
      imagesOf(spec.template.spec.containers),
      selectorText(spec.selector),
    ];
  },
};

export const replicaSetPrinter: Printer = {
  columns: [column('Name'), whole('Desired'), whole('Current'), whole('Ready'), column('Age'), ...podColumns],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as ReplicaSet;
    return [
      metadata.name,
      spec.replicas,
      status.replicas,
      status.readyReplicas ?? 0,
      ageOf(object, nowMs),
      namesOf(spec.template.spec.containers),
      imagesOf(spec.template.spec.containers),
      selectorText(spec.selector),
    ];
  },
};
