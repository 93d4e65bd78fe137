// Whether the server lives and is ready, with one line a part when that is asked for.
import type { Exchange } from '../exchange';

/** The parts that there are, under the names by which a real API server checks them. */
const parts: Readonly<Record<string, readonly string[]>> = {
  healthz: ['ping', 'log', 'etcd', 'poststarthook/start-apiextensions-controllers', 'poststarthook/rbac/bootstrap-roles'],
  livez: ['ping', 'log', 'etcd', 'poststarthook/start-apiextensions-controllers', 'poststarthook/rbac/bootstrap-roles'],
  readyz: ['ping', 'log', 'etcd', 'informer-sync', 'poststarthook/start-apiextensions-controllers', 'poststarthook/rbac/bootstrap-roles', 'shutdown'],
};

export function isHealthPath(path: string): boolean {
  return healthPart(path) !== undefined;
}

function healthPart(path: string): { check: string; part: string } | undefined {
  const [, check = '', ...rest] = path.replace(/\/$/, '').split('/');
  const known = Object.hasOwn(parts, check) ? parts[check] : undefined;
  const part = rest.join('/');
  return known === undefined || (part !== '' && !known.includes(part)) ? undefined : { check, part };
}

/** True when the path was a health check and is answered. The sandbox answers as long as it lives, so every part of it is well. */
export function serveHealth(exchange: Exchange): boolean {
  const found = healthPart(exchange.path);
  if (found === undefined) return false;
  const { check, part } = found;
  const excluded = exchange.query.getAll('exclude');
  const lines = (parts[check] ?? []).map((name) => (excluded.includes(name) ? `[+]${name} excluded: ok` : `[+]${name} ok`));
  const verbose = part === '' && exchange.query.has('verbose');
  exchange.send(200, 'text/plain; charset=utf-8', verbose ? `${lines.join('\n')}\n${check} check passed\n` : 'ok');
  return true;
}
