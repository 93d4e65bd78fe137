import type { JsonValue } from '../../shared/json';
import type { Tree } from './compose/tree';
import { entriesOf, get, isNull, itemsOf, numberOf, textOf } from './compose/tree';
import type { ServiceContext } from './composeContext';
import { addNode, objectOf, sourceOf, take, tell, tellAt } from './composeContext';
import { labelOf } from './names';

interface Port {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly name?: string;
  readonly appProtocol?: string;
  /** Ports of the machine that compose opens for it, where others than the machine itself can reach them. */
  readonly published: readonly string[];
}

/** Ports of images that people use without naming a port, since compose needs none inside of a network. */
const portsOfImages: Readonly<Record<string, number>> = {
  postgres: 5432, postgis: 5432, timescaledb: 5432, mysql: 3306, mariadb: 3306, percona: 3306, mongo: 27017, redis: 6379, valkey: 6379, keydb: 6379,
  memcached: 11211, elasticsearch: 9200, opensearch: 9200, cassandra: 9042, couchdb: 5984, couchbase: 8091, neo4j: 7687, influxdb: 8086, clickhouse: 8123,
  'clickhouse-server': 8123, cockroach: 26257, kafka: 9092, zookeeper: 2181, rabbitmq: 5672, nats: 4222, etcd: 2379, consul: 8500, minio: 9000, nginx: 80,
  httpd: 80, caddy: 80, traefik: 80, wordpress: 80, adminer: 8080, mailhog: 1025, grafana: 3000, prometheus: 9090, vault: 8200, solr: 8983,
}; // prettier-ignore

/** The last part of an image's name, without registry, tag and digest. */
export function imageName(image: string): string {
  return (image.split('@')[0] ?? '').replace(/^.*\//, '').replace(/:.*$/, '').toLowerCase();
}

/** Ports of the container, and the Services that give it its names. Answers the names of the Services. */
export function takePorts(context: ServiceContext): readonly string[] {
  const ports = portsIn(context);
  const { tree, data } = context;
  const mode = get(tree, 'network_mode');
  takeNetworks(context, mode);
  const isJob = context.kind === 'job' || context.kind === 'cronjob';
  if (ports.length === 0 && !isJob) {
    const guessed = portsOfImages[imageName(textOf(get(tree, 'image')) ?? '')];
    if (guessed !== undefined) {
      ports.push({ port: guessed, protocol: 'TCP', published: [] });
      tellAt(context, 'note', tree.at, [], `It names no port; its image listens on ${guessed}.`, 'Change the port of the node if it listens on another.');
    }
  }
  writePorts(context, ports);
  if (isJob || textOf(mode) === 'none') return [];
  const names = new Map<string, string>([[labelOf(context.service, 'service'), context.service]]);
  for (const [, { value }] of entriesOf(get(tree, 'networks'))) {
    for (const alias of itemsOf(get(value, 'aliases'))) {
      context.ledger.carry(alias);
      names.set(labelOf(textOf(alias) ?? '', 'alias'), textOf(alias) ?? '');
    }
  }
  for (const { alias } of linkAliases(context)) names.set(labelOf(alias, 'alias'), alias);
  const made: string[] = [];
  for (const [name, original] of names) {
    if (context.nodes.some((node) => node.type === 'service' && (node.data['name'] ?? node.id) === name)) {
      tellAt(context, 'lost', tree.at, [], `The name "${name}" belongs to another Service already.`, `Give "${original}" another name.`);
      continue;
    }
    if (name !== original)
      tellAt(
        context,
        'changed',
        tree.at,
        [],
        `"${original}" is no name that Services take: others reach it as "${name}".`,
        'Use that name where others connect to it.',
      );
    const id = context.names.take(`${name}-svc`);
    addNode(context, id, 'service', name, serviceData(context, ports), sourceOf(context, ports.length > 0 && tree.entries.has('ports') ? 'ports' : 'expose'));
    context.edges.push({ from: id, to: context.id });
    made.push(name);
  }
  if (ports.length === 0) {
    data['port'] = null;
    tellAt(
      context,
      'note',
      tree.at,
      [],
      'It names no port: its Service has no address of its own, and its name leads to the pods on every port.',
      'Set the port of the node and the Service if it listens on one.',
    );
  }
  return made;
}

/** Other names under which a service is linked: Kubernetes has no names for one caller alone. */
function linkAliases(context: ServiceContext): readonly { readonly alias: string }[] {
  return context.linked.flatMap((link) => {
    const [service, alias] = (textOf(link) ?? '').split(':');
    if (service !== context.service) return [];
    context.ledger.carry(link);
    return alias === undefined || alias === service ? [] : [{ alias }];
  });
}

function portsIn(context: ServiceContext): Port[] {
  const found = new Map<string, Port>();
  const add = (port: Port): void => {
    const key = `${port.port}/${port.protocol}`;
    const there = found.get(key);
    found.set(key, there === undefined ? port : { ...there, ...port, published: [...there.published, ...port.published] });
  };
  for (const [index, entry] of itemsOf(get(context.tree, 'ports')).entries()) {
    const keys = ['ports', String(index)];
    const target = numberOf(get(entry, 'target'));
    if (target === undefined || target < 1 || target > 65535) {
      tell(context, 'lost', entry, keys, 'It is no port between 1 and 65535.', 'Correct it.');
      continue;
    }
    const protocol = protocolOf(textOf(get(entry, 'protocol')));
    const published = textOf(get(entry, 'published')) ?? '';
    const address = textOf(get(entry, 'host_ip')) ?? '';
    const isLocal = address.startsWith('127.') || address === '::1';
    const given = textOf(get(entry, 'name'));
    const appProtocol = textOf(get(entry, 'app_protocol'));
    const name = given === undefined ? undefined : labelOf(given, 'port').slice(0, 15).replace(/-+$/, '');
    add({
      port: target,
      protocol,
      published: published === '' || isLocal ? [] : [published],
      ...(name === undefined ? {} : { name }),
      ...(appProtocol === undefined ? {} : { appProtocol }),
    });
    context.ledger.carry(...['name', 'target', 'published', 'protocol', 'app_protocol', 'host_ip'].map((key) => get(entry, key)));
    if (textOf(get(entry, 'mode')) === 'ingress') context.ledger.carry(get(entry, 'mode'));
    const where = `${address === '' ? '' : `${address}:`}${published === '' ? 'a free port' : published}`;
    if (isLocal)
      tellAt(
        context,
        'changed',
        entry.at,
        keys,
        `It was open on ${where} for the machine itself; it can be reached inside of the cluster only.`,
        'Forward the port of the node when you need it.',
      );
    else if (published !== '')
      tellAt(
        context,
        'changed',
        entry.at,
        keys,
        `It was open on port ${where} of the machine; the Service is a NodePort now, whose port on the machines the cluster chooses.`,
        'Add an Ingress, or make the Service a LoadBalancer; make it ClusterIP to keep it inside.',
      );
    else
      tellAt(
        context,
        'changed',
        entry.at,
        keys,
        `It was open on a free port of the machine; it can be reached inside of the cluster only.`,
        'Make the Service a NodePort or LoadBalancer to open it.',
      );
  }
  for (const [index, item] of itemsOf(get(context.tree, 'expose')).entries()) {
    const [, start, end = start, protocol] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(textOf(item) ?? '') ?? [];
    const [first, last] = [Number(start), Number(end)];
    if (start === undefined || first < 1 || last > 65535 || last < first || last - first > 1000) {
      tell(context, 'lost', item, ['expose', String(index)], 'It is no port between 1 and 65535 and no range of at most 1000.', 'Correct it.');
      continue;
    }
    context.ledger.carry(item);
    for (let port = first; port <= last; port += 1) add({ port, protocol: protocolOf(protocol), published: [] });
  }
  return [...found.values()];
}

function protocolOf(text: string | undefined): Port['protocol'] {
  const upper = (text ?? 'tcp').toUpperCase();
  return upper === 'UDP' || upper === 'SCTP' ? upper : 'TCP';
}

function writePorts(context: ServiceContext, ports: readonly Port[]): void {
  const [first] = ports;
  const isJob = context.kind === 'job' || context.kind === 'cronjob';
  if (first === undefined) {
    if (!isJob) context.data['port'] = null;
    return;
  }
  if (ports.length === 1 && first.protocol === 'TCP' && first.name === undefined) context.data['port'] = first.port;
  else context.data['ports'] = ports.map(({ port, protocol, name }) => objectOf({ name, port, protocol: protocol === 'TCP' ? undefined : protocol }) ?? {});
}

function serviceData(context: ServiceContext, ports: readonly Port[]): Readonly<Record<string, JsonValue | undefined>> {
  const isOpen = ports.some((port) => port.published.length > 0);
  const isHeadless = ports.length === 0 || textOf(get(context.tree, 'deploy', 'endpoint_mode')) === 'dnsrr';
  const common = isHeadless ? { headless: true } : isOpen ? { serviceType: 'NodePort' } : {};
  const [first] = ports;
  if (first === undefined) return { ...common, port: 80, targetPort: 80 };
  if (ports.length === 1 && first.protocol === 'TCP' && first.name === undefined && first.appProtocol === undefined) return { ...common, port: first.port };
  return {
    ...common,
    ports: ports.map(
      ({ port, protocol, name, appProtocol }) =>
        objectOf({
          name: name ?? `${protocol.toLowerCase()}-${port}`,
          port,
          targetPort: port,
          protocol: protocol === 'TCP' ? undefined : protocol,
          appProtocol,
        }) ?? {},
    ),
  };
}

function takeNetworks(context: ServiceContext, mode: Tree | undefined): void {
  const word = textOf(mode);
  if (mode !== undefined && (word === 'bridge' || word === 'default')) context.ledger.carry(mode);
  if (word === 'host') {
    take(context, 'network_mode');
    context.data['hostNetwork'] = true;
  } else if (word !== undefined && word !== 'bridge' && word !== 'default' && mode !== undefined) {
    tell(
      context,
      'lost',
      mode,
      ['network_mode'],
      `Network mode "${word}" not supported: pods have a network of their own.`,
      word === 'none' ? 'Add a NetworkPolicy that lets nothing through.' : 'Run both in one pod as sidecars.',
    );
  }
  for (const [, { value }] of entriesOf(get(context.tree, 'networks'))) {
    if (isNull(value)) context.ledger.carry(value);
  }
}
