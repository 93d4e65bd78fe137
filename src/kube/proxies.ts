import { BlockList, isIP } from 'node:net';

/** Proxy settings of the entry (VS Code's `http.proxy` and `http.noProxy`); they come after the kubeconfig's own `proxy-url`. */
export interface ProxySettings {
  readonly url?: string;
  /** Hosts, `.domain` suffixes, `host:port`, addresses, CIDR ranges or `*`. */
  readonly noProxy?: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** `127.0.0.1`, `[::1]`, `db.example.org` → as `isIP` and comparisons want it. */
function plainHost(host: string): string {
  return (host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host).toLowerCase();
}

function inRange(host: string, range: string): boolean {
  const slash = range.lastIndexOf('/');
  const network = plainHost(range.slice(0, slash));
  const bits = Number(range.slice(slash + 1));
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether a rule of a no-proxy list names this server, in the way Go's tools read such lists. */
export function bypassesProxy(server: URL, rules: readonly string[]): boolean {
  const host = plainHost(server.hostname);
  const port = server.port === '' ? (server.protocol === 'http:' ? '80' : '443') : server.port;
  return rules.some((written) => {
    const rule = written.trim().toLowerCase();
    if (rule === '') return false;
    if (rule === '*') return true;
    if (rule.includes('/')) return inRange(host, rule);
    const withPort = /^(.*[^:\]]|\[.*\]):(\d{1,5})$/.exec(rule);
    const [name, rulePort] = withPort !== null && isIP(rule) === 0 ? [withPort[1] ?? '', withPort[2]] : [rule, undefined];
    if (rulePort !== undefined && rulePort !== port) return false;
    const bare = plainHost(name).replace(/^\*?\./, '');
    if (isIP(bare) !== 0) return bare === host;
    // ".example.org" names only what is below; "example.org" the host as well.
    return (host === bare && !/^\*?\./.test(name)) || host.endsWith(`.${bare}`);
  });
}

/**
 * The proxy to reach `server` through, or undefined for none: the kubeconfig's `proxy-url`, then the settings, then the
 * environment. Loopback goes only through a proxy that the kubeconfig itself names. One answer for requests, streams, upgrades and the port prober.
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, settings: ProxySettings | undefined, environment: Environment): URL | undefined {
  if (proxyUrl !== undefined && proxyUrl !== '') return new URL(proxyUrl);
  // No proxy can reach this machine's own loopback, where the sandbox and forwarded ports are.
  const host = plainHost(server.hostname);
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1' || inRange(host, '127.0.0.0/8')) return undefined;
  const setting = settings?.url?.trim() ?? '';
  if (setting !== '') return bypassesProxy(server, settings?.noProxy ?? []) ? undefined : new URL(setting);
  const read = (name: string): string => environment[name.toLowerCase()] || environment[name] || '';
  const wanted = server.protocol === 'http:' ? read('HTTP_PROXY') : read('HTTPS_PROXY');
  if (wanted === '' || bypassesProxy(server, [...read('NO_PROXY').split(','), ...(settings?.noProxy ?? [])])) return undefined;
  return new URL(wanted.includes('://') ? wanted : `http://${wanted}`);
}
