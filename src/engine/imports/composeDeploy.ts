import type { JsonValue } from '../../shared/json';
import type { MapTree, Tree } from './compose/tree';
import { get, isMap, itemsOf, numberOf, textOf } from './compose/tree';
import { nanosecondsOf } from './compose/typedTree';
import type { ServiceContext } from './composeContext';
import { objectOf, setFields, tell } from './composeContext';
import { qualifiedName } from './names';

/** Cores and memory from `deploy.resources` and the older keys. */
export function takeResources(context: ServiceContext): void {
  const pick = (key: string, ...other: readonly string[]): Tree | undefined => {
    const own = get(context.tree, key);
    const newer = get(context.tree, 'deploy', 'resources', ...other);
    context.ledger.carry(own, newer);
    return newer ?? own;
  };
  const limits = { cpu: cpuText(pick('cpus', 'limits', 'cpus')), memory: memoryText(pick('mem_limit', 'limits', 'memory')) };
  const requests = { cpu: cpuText(pick('', 'reservations', 'cpus')), memory: memoryText(pick('mem_reservation', 'reservations', 'memory')) };
  const others = gpusOf(context);
  const made = objectOf({ requests: objectOf(requests), limits: objectOf({ ...limits, others }) });
  if (made !== undefined) context.data['resources'] = made;
}

function cpuText(tree: Tree | undefined): string | undefined {
  const cores = tree?.kind === 'scalar' ? Number(tree.value) : 0;
  return cores > 0 ? (Number.isInteger(cores) ? String(cores) : `${Math.max(1, Math.round(cores * 1000))}m`) : undefined;
}

/** Bytes with the largest unit that divides them. */
export function memoryText(tree: Tree | undefined): string | undefined {
  const bytes = Number(textOf(tree) ?? 0);
  if (!(bytes > 0)) return undefined;
  for (const [unit, size] of [
    ['Gi', 1024 ** 3],
    ['Mi', 1024 ** 2],
    ['Ki', 1024],
  ] as const)
    if (bytes % size === 0) return `${bytes / size}${unit}`;
  return String(bytes);
}

function gpusOf(context: ServiceContext): JsonValue | undefined {
  let count = 0;
  const requests: readonly (readonly [readonly string[], Tree])[] = [
    ...itemsOf(get(context.tree, 'gpus')).map((item) => [['gpus'], item] as const),
    ...itemsOf(get(context.tree, 'deploy', 'resources', 'reservations', 'devices')).map(
      (item) => [['deploy', 'resources', 'reservations', 'devices'], item] as const,
    ),
  ];
  for (const [keys, request] of requests) {
    const wanted = numberOf(get(request, 'count')) ?? itemsOf(get(request, 'device_ids')).length;
    const driver = textOf(get(request, 'driver')) ?? (keys[0] === 'gpus' ? 'nvidia' : '');
    if (driver !== 'nvidia') continue;
    count += Math.max(1, wanted);
    const exact = wanted > 0 && get(request, 'device_ids') === undefined;
    if (exact) context.ledger.carry(request);
    else
      tell(
        context,
        'changed',
        request,
        keys,
        'Graphics cards are counted: neither all of them nor certain ones can be asked for.',
        `It is ${Math.max(1, wanted)} now: set resources.limits.others.`,
      );
  }
  return count === 0 ? undefined : { 'nvidia.com/gpu': String(count) };
}

/** How often it runs, where, and how it is replaced. */
export function takeDeploy(context: ServiceContext): void {
  const { tree, data, kind } = context;
  const scale = get(tree, 'scale');
  const replicas = get(tree, 'deploy', 'replicas');
  context.ledger.carry(scale, replicas, get(tree, 'deploy', 'mode'));
  const copies = numberOf(scale ?? replicas);
  if (copies !== undefined && copies !== 1) {
    if (kind === 'deployment' || kind === 'statefulset') data['replicas'] = Math.min(copies, 100);
    else if (kind === 'job' && copies > 0) setFields(data, { completions: copies, parallelism: copies });
  }
  const deploy = get(tree, 'deploy');
  const mode = get(tree, 'deploy', 'endpoint_mode');
  if (['vip', 'dnsrr'].includes(textOf(mode) ?? '')) context.ledger.carry(mode);
  if (isMap(deploy)) {
    takeUpdate(context, deploy);
    takePlacement(context, deploy);
  }
  takeRestart(context);
}

function takeUpdate(context: ServiceContext, deploy: MapTree): void {
  const update = get(deploy, 'update_config');
  if (!isMap(update) || context.kind !== 'deployment') return;
  const parallelism = get(update, 'parallelism');
  const order = get(update, 'order');
  context.ledger.carry(parallelism, order);
  const many = numberOf(parallelism) ?? 1;
  const amount = many === 0 ? '100%' : many;
  setFields(context.data, textOf(order) === 'start-first' ? { maxSurge: amount, maxUnavailable: 0 } : { maxSurge: 0, maxUnavailable: amount });
  const delay = get(update, 'delay');
  if (delay === undefined) return;
  context.ledger.carry(delay);
  context.data['minReadySeconds'] = Math.ceil((nanosecondsOf(textOf(delay) ?? '') ?? 0) / 1e9);
}

function takePlacement(context: ServiceContext, deploy: MapTree): void {
  const labels: Record<string, JsonValue | undefined> = { ...(context.data['nodeSelector'] as Record<string, JsonValue> | undefined) };
  for (const constraint of itemsOf(get(deploy, 'placement', 'constraints'))) {
    const [, left = '', right = ''] = /^\s*([A-Za-z0-9_./-]+)\s*==\s*(\S+)\s*$/.exec(textOf(constraint) ?? '') ?? [];
    const known: Readonly<Record<string, string>> = {
      'node.hostname': 'kubernetes.io/hostname',
      'node.platform.os': 'kubernetes.io/os',
      'node.platform.arch': 'kubernetes.io/arch',
    };
    const label = known[left] ?? (left.startsWith('node.labels.') ? left.slice('node.labels.'.length) : undefined);
    if (label === undefined || !qualifiedName.test(label) || !/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(right)) continue;
    context.ledger.carry(constraint);
    labels[label] = right === 'x86_64' ? 'amd64' : right === 'aarch64' ? 'arm64' : right;
  }
  const selector = objectOf(labels);
  if (selector !== undefined) context.data['nodeSelector'] = selector;
  const spread = itemsOf(get(deploy, 'placement', 'preferences')).flatMap((preference) => {
    const [, label] = /^node\.labels\.(.+)$/.exec(textOf(get(preference, 'spread')) ?? '') ?? [];
    if (label === undefined || !qualifiedName.test(label)) return [];
    context.ledger.carry(preference);
    return [{ topologyKey: label, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' }];
  });
  if (spread.length > 0) context.data['topologySpreadConstraints'] = spread;
}

function takeRestart(context: ServiceContext): void {
  const restart = get(context.tree, 'restart');
  const policy = get(context.tree, 'deploy', 'restart_policy');
  const condition = get(policy, 'condition');
  const word = (textOf(condition) ?? textOf(restart) ?? '').replace(/^"|"$/g, '');
  const attempts = numberOf(get(policy, 'max_attempts')) ?? (/:(\d+)$/.exec(word)?.[1] === undefined ? undefined : Number(/:(\d+)$/.exec(word)?.[1]));
  if (context.kind === 'job' || context.kind === 'cronjob') {
    context.ledger.carry(restart, condition, get(policy, 'max_attempts'));
    const again = word.startsWith('on-failure') || word === 'always' || word === 'any' || word === 'unless-stopped';
    setFields(context.data, { restartPolicy: again ? 'OnFailure' : 'Never', backoffLimit: again ? attempts : 0 });
    return;
  }
  for (const tree of [restart, condition]) {
    if (tree === undefined) continue;
    const text = textOf(tree) ?? '';
    if (['always', 'unless-stopped', 'any', ''].includes(text)) context.ledger.carry(tree);
    else
      tell(
        context,
        'changed',
        tree,
        tree === restart ? ['restart'] : ['deploy', 'restart_policy', 'condition'],
        `"${text}": pods of a ${context.kind} are always started again.`,
        'Make it a Job if it should end.',
      );
  }
}
