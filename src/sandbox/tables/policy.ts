import type { KubeObject } from '../objects';
import type { DisruptionBudget, ResourceQuota } from '../workloadTypes';
import { ageOf, column, whole, wide, type Printer } from './columns';

export const disruptionBudgetPrinter: Printer = {
  columns: [column('Name'), column('Min Available'), column('Max Unavailable'), whole('Allowed Disruptions'), column('Age')],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as DisruptionBudget;
    return [metadata.name, String(spec.minAvailable ?? 'N/A'), String(spec.maxUnavailable ?? 'N/A'), status.disruptionsAllowed ?? 0, ageOf(object, nowMs)];
  },
};

export const quotaPrinter: Printer = {
  columns: [column('Name'), column('Request'), column('Limit'), column('Age')],
  cells(object, nowMs) {
    const { metadata, status } = object as ResourceQuota;
    const texts = Object.entries(status.hard ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, hard]) => `${name}: ${status.used?.[name] ?? '0'}/${hard}`);
    const isLimit = (text: string): boolean => text.startsWith('limits.');
    return [metadata.name, texts.filter((text) => !isLimit(text)).join(', '), texts.filter(isLimit).join(', '), ageOf(object, nowMs)];
  },
};

interface Binding extends KubeObject {
  roleRef: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

/** For bindings of both scopes. */
export const bindingPrinter: Printer = {
  columns: [column('Name'), column('Role'), column('Age'), wide('Users'), wide('Groups'), wide('ServiceAccounts')],
  cells(object, nowMs) {
    const { metadata, roleRef, subjects = [] } = object as Binding;
    const named = (kind: string): string =>
      subjects
        .filter((one) => one.kind === kind)
        .map((one) => (kind === 'ServiceAccount' ? `${one.namespace ?? metadata.namespace ?? ''}/${one.name}` : one.name))
        .join(', ');
    return [metadata.name, `${roleRef.kind}/${roleRef.name}`, ageOf(object, nowMs), named('User'), named('Group'), named('ServiceAccount')];
  },
};
