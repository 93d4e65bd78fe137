import { invalid } from './composeFailure';
import { mapsIn } from './canonical';
import { isAddress } from './shortForms';
import type { MapTree, Tree } from './tree';
import { entriesOf, get, isMap, isNull, numberOf, textOf } from './tree';

/** What compose refuses in one model before it becomes a project. */
export function checkTree(model: MapTree): void {
  for (const [name, { at, value }] of entriesOf(get(model, 'volumes'))) {
    if (!isMap(value) || get(value, 'external')?.kind !== 'scalar' || !isTrue(get(value, 'external'))) continue;
    const other = [...value.entries.keys()].find((key) => key !== 'name' && key !== 'external' && !key.startsWith('x-'));
    if (other !== undefined) throw invalid(at, `volumes.${name} is external and cannot have "${other}"`);
  }
  for (const [section, keys] of [
    ['configs', ['file', 'environment', 'content']],
    ['secrets', ['file', 'environment']],
  ] as const) {
    for (const [name, { at, value }] of entriesOf(get(model, section))) {
      const given = keys.filter((key) => get(value, key) !== undefined);
      if (given.length > 1) throw invalid(at, `${section}.${name} has both "${given.join('" and "')}": keep one`);
      if (given.length === 0 && get(value, 'driver') === undefined && get(value, 'external') === undefined)
        throw invalid(at, `${section}.${name} needs one of ${keys.join(', ')}`);
    }
  }
  for (const [name, { value: service }] of entriesOf(get(model, 'services'))) {
    for (const port of mapsIn(get(service, 'ports'))) {
      const address = get(port, 'host_ip');
      if (address !== undefined && !isAddress(textOf(address) ?? ''))
        throw invalid(address.at, `services.${name}.ports: "${textOf(address) ?? ''}" is no IP address`);
    }
    for (const watch of mapsIn(get(service, 'develop', 'watch')))
      if (textOf(get(watch, 'path')) === '') throw invalid(watch.at, `services.${name}.develop.watch needs a "path"`);
    for (const request of [...mapsIn(get(service, 'gpus')), ...mapsIn(get(service, 'deploy', 'resources', 'reservations', 'devices'))])
      if (request.entries.has('count') && request.entries.has('device_ids'))
        throw invalid(request.at, `services.${name}: keep one of "count" and "device_ids"`);
  }
}

/** What compose refuses in a whole project: references to nothing, contradictions, circles. */
export function checkProject(project: MapTree, disabled: ReadonlySet<string>): void {
  const services = get(project, 'services');
  for (const [name, { at, value: service }] of entriesOf(services)) {
    if (!isMap(service)) continue;
    checkReferences(project, name, service, disabled);
    const build = get(service, 'build');
    if (build === undefined && (textOf(get(service, 'image')) ?? '') === '' && get(service, 'provider') === undefined)
      throw invalid(at, `services.${name} has neither an image nor a build`);
    if (get(build, 'dockerfile') !== undefined && get(build, 'dockerfile_inline') !== undefined)
      throw invalid(at, `services.${name}.build: keep one of "dockerfile" and "dockerfile_inline"`);
    const mode = get(service, 'network_mode');
    if (mode !== undefined && entriesOf(get(service, 'networks')).length > 0)
      throw invalid(mode.at, `services.${name}: keep one of "network_mode" and "networks"`);
    const [kind] = listOf(get(service, 'healthcheck', 'test'));
    if (kind !== undefined && !['CMD', 'CMD-SHELL', 'NONE'].includes(textOf(kind) ?? ''))
      throw invalid(kind.at, `services.${name}.healthcheck.test must begin with CMD, CMD-SHELL or NONE`);
    checkAmounts(name, service);
    checkTargets(name, service);
  }
  for (const [name, { at, value: job }] of entriesOf(get(project, 'jobs'))) {
    if (get(services, name) !== undefined || disabled.has(name)) throw invalid(at, `"${name}" is both a service and a job`);
    for (const [other, { value }] of entriesOf(get(job, 'depends_on'))) {
      if (get(project, 'jobs', other) !== undefined || get(services, other) !== undefined || (disabled.has(other) && !isTrue(get(value, 'required')))) continue;
      throw invalid(value.at, `jobs.${name} refers to "${other}", which is not defined`);
    }
  }
  for (const [name, { at, value }] of entriesOf(get(project, 'secrets'))) {
    if (isTrue(get(value, 'external'))) continue;
    if ((textOf(get(value, 'file')) ?? textOf(get(value, 'environment')) ?? '') === '') throw invalid(at, `secrets.${name} needs "file" or "environment"`);
  }
  checkCircles(services);
}

function checkReferences(project: MapTree, name: string, service: MapTree, disabled: ReadonlySet<string>): void {
  const undefinedIn = (tree: Tree, kind: string, other: string): Error =>
    invalid(tree.at, `services.${name} refers to the ${kind} "${other}", which is not defined`);
  for (const [other, { value }] of entriesOf(get(service, 'depends_on'))) {
    if (get(project, 'services', other) !== undefined) continue;
    if (disabled.has(other) && !isTrue(get(value, 'required'))) continue;
    throw undefinedIn(value, 'service', other);
  }
  for (const [other, { value }] of entriesOf(get(service, 'networks')))
    if (get(project, 'networks', other) === undefined) throw undefinedIn(value, 'network', other);
  for (const [other, { value }] of entriesOf(get(service, 'models'))) if (get(project, 'models', other) === undefined) throw undefinedIn(value, 'model', other);
  for (const volume of mapsIn(get(service, 'volumes'))) {
    const source = textOf(get(volume, 'source')) ?? '';
    if (textOf(get(volume, 'type')) === 'volume' && source !== '' && get(project, 'volumes', source) === undefined) throw undefinedIn(volume, 'volume', source);
  }
  for (const [key, kind, mounts] of [
    ['configs', 'config', get(service, 'configs')],
    ['secrets', 'secret', get(service, 'secrets')],
    ['secrets', 'build secret', get(service, 'build', 'secrets')],
  ] as const) {
    for (const mount of mapsIn(mounts)) {
      const source = textOf(get(mount, 'source')) ?? '';
      if (get(project, key, source) === undefined) throw undefinedIn(mount, kind, source);
    }
  }
  const mode = textOf(get(service, 'network_mode')) ?? '';
  if (mode.startsWith('service:') && get(project, 'services', mode.slice(8)) === undefined)
    throw undefinedIn(get(service, 'network_mode') ?? service, 'service', mode.slice(8));
}

function checkAmounts(name: string, service: MapTree): void {
  const scale = get(service, 'scale');
  const replicas = get(service, 'deploy', 'replicas');
  if (scale !== undefined && replicas !== undefined && numberOf(scale) !== numberOf(replicas))
    throw invalid(scale.at, `services.${name}: "scale" and "deploy.replicas" differ`);
  for (const amount of [scale, replicas])
    if ((numberOf(amount) ?? 0) < 0) throw invalid(amount?.at ?? service.at, `services.${name}: there cannot be fewer than 0 copies`);
  for (const [key, other] of [
    ['cpus', ['limits', 'cpus']],
    ['mem_limit', ['limits', 'memory']],
    ['mem_reservation', ['reservations', 'memory']],
    ['pids_limit', ['limits', 'pids']],
  ] as const) {
    const own = textOf(get(service, key)) ?? '0';
    const bounds = get(service, 'deploy', 'resources', other[0]);
    if (own === '0' || bounds === undefined || isNull(bounds)) continue;
    if ((textOf(get(bounds, other[1])) ?? '0') !== own)
      throw invalid(get(service, key)?.at ?? service.at, `services.${name}: "${key}" and "deploy.resources.${other.join('.')}" differ`);
  }
  const copies = numberOf(scale ?? replicas) ?? 1;
  const named = get(service, 'container_name');
  if (copies > 1 && named !== undefined) throw invalid(named.at, `services.${name}: several copies cannot share a "container_name"`);
}

function checkTargets(name: string, service: MapTree): void {
  const seen = new Set<string>();
  const targets = [
    ...listOf(get(service, 'tmpfs')).map((tree) => ({ tree, target: (textOf(tree) ?? '').split(':')[0] ?? '' })),
    ...mapsIn(get(service, 'volumes')).map((tree) => ({ tree: tree as Tree, target: textOf(get(tree, 'target')) ?? '' })),
  ];
  for (const { tree, target } of targets) {
    if (seen.has(target)) throw invalid(tree.at, `services.${name}: something is mounted at ${target} already`);
    seen.add(target);
  }
}

function checkCircles(services: Tree | undefined): void {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    const service = get(services, name);
    if (way.includes(name))
      throw invalid(service?.at ?? { file: '', line: 1, column: 1 }, `services wait for one another: ${[...way.slice(way.indexOf(name)), name].join(' → ')}`);
    if (done.has(name)) return;
    for (const [other] of entriesOf(get(service, 'depends_on'))) visit(other, [...way, name]);
    done.add(name);
  };
  for (const [name] of entriesOf(services)) visit(name, []);
}

export function isTrue(tree: Tree | undefined): boolean {
  return tree?.kind === 'scalar' && tree.value === true;
}

function listOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === 'list' ? tree.items : [];
}
