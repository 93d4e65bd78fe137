// Everything that is not an object: health, version, discovery, OpenAPI.
import { createHash } from 'node:crypto';
import type { OpenApi } from '../../openapi';
import { ApiError, notImplemented } from '../apiStatus';
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions } from '../discovery';
import type { Exchange } from '../exchange';
import { apiVersionOf, type Kinds } from '../kinds';
import { serveHealth } from './healthRoute';

export interface RootRoutes {
  kinds: Kinds;
  openApi: OpenApi;
  server: string;
}

/** True when the path was one of these and is answered. */
export function serveRoot(routes: RootRoutes, exchange: Exchange): boolean {
  const path = exchange.path.length > 1 && exchange.path.endsWith('/') ? exchange.path.slice(0, -1) : exchange.path;
  if (serveHealth(exchange)) return true;
  if ((path === '/api' || path === '/apis') && wantsAggregated(exchange)) {
    const document = JSON.stringify(aggregatedDiscovery(routes.kinds, path === '/api'));
    exchange.send(200, 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList', document);
    return true;
  }
  const found = documentAt(routes, path);
  if (found === undefined) return false;
  exchange.json(200, found);
  return true;
}

function documentAt(routes: RootRoutes, path: string): object | undefined {
  const { kinds, openApi } = routes;
  if (path === '/') return { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] };
  if (path === '/version') return versionInfo(openApi.version);
  if (path === '/api') return apiVersions(routes.server.replace('https://', ''));
  if (path === '/apis') return apiGroupList(kinds);
  if (path === '/openapi/v2') throw new ApiError(406, 'NotAcceptable', 'the sandbox serves OpenAPI in version 3 only, at /openapi/v3');
  if (path === '/openapi/v3') return openApiIndex(routes);
  if (path.startsWith('/openapi/v3/')) return openApiDocument(routes, path.slice('/openapi/v3/'.length));
  if (path.startsWith('/metrics') || path.startsWith('/debug') || path.startsWith('/logs')) throw notImplemented(path);
  const segments = path.split('/').slice(1);
  if (segments[0] === 'api' && segments.length === 2) return apiResourceList(kinds, '', segments[1] ?? '');
  if (segments[0] === 'apis' && segments.length === 2) return apiGroup(kinds, segments[1] ?? '');
  if (segments[0] === 'apis' && segments.length === 3) return apiResourceList(kinds, segments[1] ?? '', segments[2] ?? '');
  return undefined;
}

function wantsAggregated(exchange: Exchange): boolean {
  return exchange
    .header('accept')
    .split(',')
    .some(
      (part) => part.includes('as=APIGroupDiscoveryList') && part.includes('v=v2') && !part.includes('v=v2beta1') && part.trim().startsWith('application/json'),
    );
}

function versionInfo(version: string): object {
  const [major = '1', minor = '0'] = version.replace('v', '').split('.');
  return {
    major,
    minor,
    gitVersion: `${version}+sandbox`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: `${process.platform}/${process.arch}`,
  };
}

/** Group versions that are served and that the OpenAPI data describes. */
function described({ kinds, openApi }: RootRoutes): { path: string; group: string; version: string }[] {
  const wanted = new Set(kinds.all.map(apiVersionOf));
  const known = [...new Set([...openApi.groupVersions, ...kinds.all.filter((info) => info.custom !== undefined).map(apiVersionOf)])];
  const found = known.filter((one) => wanted.has(one) || one === 'authentication.k8s.io/v1' || one === 'authorization.k8s.io/v1');
  return found.map((groupVersion) => {
    const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
    return { path: group === '' ? `api/${groupVersion}` : `apis/${groupVersion}`, group: group ?? '', version: version ?? '' };
  });
}

function openApiIndex(routes: RootRoutes): object {
  // The documents differ only with the version of the data, so that names them well enough for a client's cache.
  const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').toUpperCase();
  const own = hashOf(routes.openApi.version);
  const entry = ({ path, group, version }: { path: string; group: string; version: string }): [string, object] => {
    const custom = customDocument(routes, group, version);
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${custom === undefined ? own : hashOf(JSON.stringify(custom))}` }];
  };
  return { paths: Object.fromEntries(described(routes).map(entry)) };
}

/** The document of a group that definitions bring: those of its kinds in one. */
function customDocument({ kinds }: RootRoutes, group: string, version: string): object | undefined {
  const documents = kinds.all.flatMap((info) =>
    info.group === group && info.version === version ? (info.custom?.openApi.document(group, version) ?? []) : [],
  );
  const [first] = documents;
  if (first === undefined) return undefined;
  const paths = Object.assign({}, ...documents.map((one) => one.paths)) as object;
  const schemas = Object.assign({}, ...documents.map((one) => one.components.schemas)) as object;
  return { ...first, paths, components: { schemas } };
}

function openApiDocument(routes: RootRoutes, path: string): object | undefined {
  const found = described(routes).find((one) => one.path === path);
  return found && (customDocument(routes, found.group, found.version) ?? routes.openApi.document(found.group, found.version));
}
