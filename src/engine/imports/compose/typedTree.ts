import { invalid } from './composeFailure';
import { toBoolean } from './interpolate';
import { wordsOf } from './shortForms';
import type { ScalarTree, Tree } from './tree';
import { goText, isList, isMap, isNull, isText, list, map, PathTable, scalar, textOf } from './tree';

type Convert = (tree: Tree, path: readonly string[]) => Tree;

const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86_400e9, w: 604_800e9 };

/** Nanoseconds of a duration such as `1m30s`, `1.5h` or `2d`; undefined when it is none. */
export function nanosecondsOf(text: string): number | undefined {
  if (/^[-+]?0$/.test(text)) return 0;
  const found = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)[^\d.]+)+)$/u.exec(text);
  if (found === null) return undefined;
  let sum = 0;
  for (const [, size = '', unit = ''] of (found[2] ?? '').matchAll(/(\d+\.?\d*|\.\d+)([^\d.]+)/gu)) {
    const factor = units[unit];
    if (factor === undefined) return undefined;
    sum += Number(size) * factor;
  }
  return Math.trunc(found[1] === '-' ? -sum : sum);
}

/** A duration as Go prints it: `1h0m0s`, `1.5s`, `250ms`. */
export function durationText(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  const size = Math.abs(nanoseconds);
  const sign = nanoseconds < 0 ? '-' : '';
  if (size < 1e3) return `${sign}${size}ns`;
  if (size < 1e6) return `${sign}${size / 1e3}µs`;
  if (size < 1e9) return `${sign}${size / 1e6}ms`;
  const hours = Math.floor(size / 3600e9);
  const minutes = Math.floor((size % 3600e9) / 60e9);
  const seconds = `${(size % 60e9) / 1e9}s`;
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}`;
}

/** Bytes of a size such as `512m`, `1.5 GiB` or `-1`; undefined when it is none. */
export function bytesOf(text: string): number | undefined {
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  const found = /^(\d*\.?\d+|\d+\.)\s?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text);
  if (found === null) return undefined;
  const power = found[2] === undefined ? 0 : 'kmgtp'.indexOf(found[2].toLowerCase()) + 1;
  return Math.trunc(Number(found[1]) * 1024 ** power);
}

const duration: Convert = (tree, path) => {
  const nanoseconds = nanosecondsOf(textOf(tree) ?? '');
  if (nanoseconds === undefined) throw invalid(tree.at, `${path.join('.')} must be a duration such as 1m30s`);
  return scalar(durationText(nanoseconds), tree.at);
};
const bytes: Convert = (tree, path) => {
  const size = bytesOf(textOf(tree) ?? '');
  if (size === undefined) throw invalid(tree.at, `${path.join('.')} must be a size such as 512m`);
  return scalar(String(size), tree.at);
};
const words: Convert = (tree) => (isText(tree) ? wordsOf(tree) : tree);
const test: Convert = (tree) => (isText(tree) ? list([scalar('CMD-SHELL', tree.at), tree], tree.at) : tree);
const texts: Convert = (tree) => {
  if (isText(tree)) return list([tree], tree.at);
  return isList(tree) ? list(tree.items.map(asText), tree.at) : tree;
};
const text: Convert = (tree) => asText(tree);
const boolean: Convert = (tree, path) => {
  if (!isText(tree)) return tree;
  const value = toBoolean(tree.value);
  if (value === undefined) throw invalid(tree.at, `${path.join('.')} must be true or false`);
  return scalar(value, tree.at);
};
const number: Convert = (tree, path) => {
  if (!isText(tree)) return tree;
  if (tree.value === '' || !Number.isFinite(Number(tree.value))) throw invalid(tree.at, `${path.join('.')} must be a number`);
  return scalar(Number(tree.value), tree.at);
};
const count: Convert = (tree, path) => (isText(tree) && tree.value.toLowerCase() === 'all' ? scalar(-1, tree.at) : number(tree, path));
const mode: Convert = (tree, path) => {
  const size = isText(tree) ? parseInt(/^[0-7]+$/.test(tree.value) ? tree.value : 'x', 8) : tree.kind === 'scalar' ? Number(tree.value) : NaN;
  if (Number.isNaN(size)) throw invalid(tree.at, `${path.join('.')} must be a file mode such as 0440`);
  return scalar(`0${size.toString(8)}`, tree.at);
};

/** A list of `key=value` or a map, as a map of texts; `empty` is what a key alone means. */
const mapping =
  (empty: '' | null): Convert =>
  (tree, path) => {
    if (isList(tree)) {
      return map(
        tree.items.map((item) => {
          const line = item.kind === 'scalar' ? item : scalar('', item.at);
          const [key, value] = splitPair(line);
          if (/\s$/u.test(key)) throw invalid(item.at, `${path.join('.')}: the name "${key}" ends in a blank`);
          return [key, value ?? scalar(empty, item.at)] as const;
        }),
        tree.at,
      );
    }
    if (!isMap(tree)) return tree;
    for (const entry of tree.entries.values()) entry.value = isNull(entry.value) ? scalar(empty, entry.value.at) : asText(entry.value);
    return tree;
  };

function splitPair(line: ScalarTree): readonly [key: string, value: ScalarTree | undefined] {
  const whole = goText(line.value);
  const cut = whole.indexOf('=');
  if (cut < 0) return [whole, undefined];
  const value = whole.slice(cut + 1);
  if (line.masked === undefined) return [whole.slice(0, cut), scalar(value, line.at)];
  const hidden = line.masked;
  return [whole.slice(0, cut), { kind: 'scalar', at: line.at, value, masked: hidden.slice(hidden.indexOf('=') + 1), secrets: line.secrets ?? [] }];
}

const hosts: Convert = (tree, path) => {
  const made: { readonly text: string; readonly tree: Tree }[] = [];
  const add = (host: string, address: string, from: Tree): void => {
    if (host === '' || /[:=]/.test(host)) throw invalid(from.at, `${path.join('.')}: "${host}" is no host name`);
    const bare = /^\[(.+)\]$/.exec(address)?.[1] ?? address;
    made.push({ text: `${host}=${bare}`, tree: scalar(`${host}=${bare}`, from.at) });
  };
  if (isList(tree)) {
    for (const item of tree.items) {
      const line = textOf(item) ?? '';
      const cut = line.includes('=') ? line.indexOf('=') : line.indexOf(':');
      if (cut < 0) throw invalid(item.at, `${path.join('.')}: "${line}" has no address`);
      for (const address of line.slice(cut + 1).split(',')) add(line.slice(0, cut), address, item);
    }
  } else if (isMap(tree)) {
    for (const [host, { value }] of tree.entries) for (const address of isList(value) ? value.items : [value]) add(host, textOf(address) ?? '', address);
  }
  made.sort((a, b) => (a.text < b.text ? -1 : 1));
  return list(
    made.map((one) => one.tree),
    tree.at,
  );
};

const oneOrMore: Convert = (tree) => texts(tree.kind === 'scalar' ? asText(tree) : tree, []);

const containerRows: readonly (readonly [string, Convert])[] = [
  ...['annotations', 'sysctls', 'labels', 'logging.options', 'volumes.*.volume.labels', 'networks.*.driver_opts', 'log_opt', 'storage_opt'].map(
    (key) => [key, mapping('')] as const,
  ),
  ['environment', mapping(null)],
  ['command', words],
  ['entrypoint', words],
  ['dns', texts],
  ['dns_search', texts],
  ['tmpfs', texts],
  ['group_add', texts],
  ['extra_hosts', hosts],
  ...['mem_limit', 'mem_reservation', 'memswap_limit', 'mem_swappiness', 'shm_size', 'volumes.*.tmpfs.size'].map((key) => [key, bytes] as const),
  ...['device_read_bps', 'device_read_iops', 'device_write_bps', 'device_write_iops'].map((key) => [`blkio_config.${key}.*.rate`, bytes] as const),
  ['stop_grace_period', duration],
  ...['cpus', 'cpu_percent', 'cpu_count', 'cpu_period', 'cpu_quota', 'cpu_rt_period', 'cpu_rt_runtime', 'cpu_shares', 'pids_limit', 'oom_score_adj'].map(
    (key) => [key, number] as const,
  ),
  ...['init', 'privileged', 'read_only', 'oom_kill_disable', 'use_api_socket'].map((key) => [key, boolean] as const),
  ['volumes.*.tmpfs.mode', number],
  ['volumes.*.read_only', boolean],
  ['volumes.*.bind.create_host_path', boolean],
  ['volumes.*.volume.nocopy', boolean],
  ['configs.*.mode', mode],
  ['secrets.*.mode', mode],
  ['gpus.*.count', count],
  ['gpus.*.options', mapping('')],
  ...['user', 'hostname', 'domainname', 'image', 'working_dir', 'mac_address', 'cpuset'].map((key) => [key, text] as const),
];
const workloadRows: readonly (readonly [string, Convert])[] = [
  ['healthcheck.test', test],
  ...['interval', 'timeout', 'start_period', 'start_interval'].map((key) => [`healthcheck.${key}`, duration] as const),
  ['healthcheck.disable', boolean],
  ['healthcheck.retries', number],
  ['expose', texts],
  ['ports.*.published', text],
  ['ports.*.target', number],
  ['stdin_open', boolean],
  ['tty', boolean],
  ['depends_on.*.required', boolean],
  ['depends_on.*.restart', boolean],
  ['build.args', mapping(null)],
  ['build.labels', mapping('')],
  ['build.additional_contexts', mapping('')],
  ['build.extra_hosts', hosts],
  ['build.shm_size', bytes],
  ...['no_cache', 'pull', 'privileged'].map((key) => [`build.${key}`, boolean] as const),
  ...['cache_from', 'cache_to', 'tags', 'platforms', 'no_cache_filter'].map((key) => [`build.${key}`, texts] as const),
  ['build.secrets.*.mode', mode],
];
const hookRows: readonly (readonly [string, Convert])[] = [
  ['command', words],
  ['environment', mapping(null)],
  ['privileged', boolean],
];
const limitsRows: readonly (readonly [string, Convert])[] = [
  ['cpus', number],
  ['memory', bytes],
  ['pids', number],
  ['devices.*.count', count],
  ['devices.*.options', mapping('')],
  ['generic_resources.*.discrete_resource_spec.value', number],
];
const updateRows: readonly (readonly [string, Convert])[] = [
  ['delay', duration],
  ['monitor', duration],
  ['parallelism', number],
  ['max_failure_ratio', number],
];
const below = (prefixes: readonly string[], rows: readonly (readonly [string, Convert])[]): readonly (readonly [string, Convert])[] =>
  prefixes.flatMap((prefix) => rows.map(([key, made]) => [`${prefix}.${key}`, made] as const));

const conversions = new PathTable<Convert>([
  ...below(['services.*', 'jobs.*', 'services.*.pre_start.*'], containerRows),
  ...below(['services.*', 'jobs.*'], workloadRows),
  ...below(['services.*.post_start.*', 'services.*.pre_stop.*', 'services.*.develop.watch.*.exec'], hookRows),
  ...below(['services.*.deploy.resources.limits', 'services.*.deploy.resources.reservations'], limitsRows),
  ...below(['services.*.deploy.update_config', 'services.*.deploy.rollback_config'], updateRows),
  ...below(
    ['services.*.deploy'],
    [
      ['labels', mapping('')],
      ['replicas', number],
      ['restart_policy.delay', duration],
      ['restart_policy.window', duration],
      ['restart_policy.max_attempts', number],
      ['placement.max_replicas_per_node', number],
    ],
  ),
  ...below(
    ['services.*'],
    [
      ['scale', number],
      ['provider.options.*', oneOrMore],
      ['attach', boolean],
    ],
  ),
  ...below(
    ['networks.*'],
    [
      ['labels', mapping('')],
      ['driver_opts', mapping('')],
      ['ipam.options', mapping('')],
      ['ipam.config.*.aux_addresses', mapping('')],
      ...['internal', 'external', 'attachable', 'enable_ipv4', 'enable_ipv6'].map((key) => [key, boolean] as const),
    ],
  ),
  ...below(
    ['volumes.*', 'secrets.*', 'configs.*'],
    [
      ['labels', mapping('')],
      ['driver_opts', mapping('')],
      ['external', boolean],
    ],
  ),
]);

/** Gives every value the type that compose has for it: durations and sizes in one writing, commands as words, variables as a map. */
export function typedTree(tree: Tree, path: readonly string[] = []): Tree {
  const convert = isNull(tree) ? undefined : conversions.find(path);
  const made = convert === undefined ? tree : convert(tree, path);
  if (isMap(made)) for (const [key, entry] of made.entries) entry.value = typedTree(entry.value, [...path, key]);
  else if (isList(made)) made.items = made.items.map((item) => typedTree(item, [...path, '[]']));
  return made;
}

function asText(tree: Tree): Tree {
  return tree.kind === 'scalar' && typeof tree.value !== 'string' && tree.value !== null ? scalar(goText(tree.value), tree.at) : tree;
}
