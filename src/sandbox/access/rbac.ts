// Role-based access: what roles and their bindings let a user do. The rules are those of Kubernetes' RBAC authorizer.
import type { KubeObject } from '../objects';
import type { Registry } from '../registry';
import type { User } from './accounts';

export interface PolicyRule {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
}

export interface Attributes {
  verb: string;
  group: string;
  /** With its subresource: `pods/log`. */
  resource: string;
  /** '' for the whole cluster. */
  namespace: string;
  /** '' where no single object is meant. */
  name: string;
}

export interface Decision {
  allowed: boolean;
  /** Which binding allows it, in the words of the real authorizer; '' when none does or none is needed. */
  reason: string;
}

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

interface Role extends KubeObject {
  rules?: PolicyRule[] | null;
  aggregationRule?: unknown;
}

interface Binding extends KubeObject {
  roleRef: { kind: string; name: string };
  subjects?: Subject[];
}

const superusers = 'system:masters';

/** Members of this group may do everything, whatever the roles say. */
export function isSuperuser(user: User): boolean {
  return user.groups.includes(superusers);
}

/** Whether the user may do something with a resource. */
export function decide(registry: Registry, user: User, attributes: Attributes): Decision {
  if (isSuperuser(user)) return { allowed: true, reason: '' };
  return firstGrant(registry, user, attributes.namespace, (rule) => ruleAllows(rule, attributes));
}

/** Whether the user may ask for a path that is no resource; the verb is the method in lower case. */
export function decidePath(registry: Registry, user: User, verb: string, path: string): Decision {
  if (isSuperuser(user)) return { allowed: true, reason: '' };
  return firstGrant(registry, user, '', (rule) => {
    const urls = rule.nonResourceURLs ?? [];
    return has(rule.verbs, verb) && urls.some((url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))));
  });
}

/** All rules that hold for the user in a namespace, those of the whole cluster first. */
export function rulesOf(registry: Registry, user: User, namespace: string): PolicyRule[] {
  const everything: PolicyRule[] = isSuperuser(user)
    ? [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    : [];
  return [...everything, ...grants(registry, user, namespace).flatMap(({ rules }) => rules)];
}

interface Grant {
  text: string;
  rules: readonly PolicyRule[];
}

function firstGrant(registry: Registry, user: User, namespace: string, allows: (rule: PolicyRule) => boolean): Decision {
  const found = grants(registry, user, namespace).find(({ rules }) => rules.some(allows));
  return found === undefined ? { allowed: false, reason: '' } : { allowed: true, reason: `RBAC: allowed by ${found.text}` };
}

function grants(registry: Registry, user: User, namespace: string): Grant[] {
  const { kinds, storage } = registry;
  const found: Grant[] = [];
  const collect = (bindings: readonly KubeObject[], kind: string): void => {
    for (const binding of bindings as readonly Binding[]) {
      const own = binding.metadata.namespace ?? '';
      const subject = (binding.subjects ?? []).find((one) => isSubject(one, user, own));
      if (subject === undefined) continue;
      const role = storage.get(
        kinds.named(binding.roleRef.kind === 'Role' ? 'roles' : 'clusterroles'),
        binding.roleRef.kind === 'Role' ? own : '',
        binding.roleRef.name,
      );
      if (role === undefined) continue;
      const name = own === '' ? binding.metadata.name : `${binding.metadata.name}/${own}`;
      const who = subject.kind === 'ServiceAccount' ? `"${subject.name}/${subject.namespace ?? own}"` : `"${subject.name}"`;
      found.push({
        text: `${kind} "${name}" of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subject.kind} ${who}`,
        rules: (role as Role).rules ?? [],
      });
    }
  };
  collect(storage.list(kinds.named('clusterrolebindings')), 'ClusterRoleBinding');
  if (namespace !== '') collect(storage.list(kinds.named('rolebindings'), namespace), 'RoleBinding');
  return found;
}

function isSubject(subject: Subject, user: User, bindingNamespace: string): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === user.username;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount':
      return user.username === `system:serviceaccount:${subject.namespace ?? bindingNamespace}:${subject.name}`;
    default:
      return false;
  }
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list?.some((one) => one === '*' || one === value) === true;
}

export function ruleAllows(rule: PolicyRule, { verb, group, resource, name }: Attributes): boolean {
  if (!has(rule.verbs, verb) || !has(rule.apiGroups, group)) return false;
  const slash = resource.indexOf('/');
  const anyWithSubresource = slash < 0 ? undefined : `*${resource.slice(slash)}`;
  if (rule.resources?.some((one) => one === '*' || one === resource || one === anyWithSubresource) !== true) return false;
  return (rule.resourceNames?.length ?? 0) === 0 || rule.resourceNames?.includes(name) === true;
}
