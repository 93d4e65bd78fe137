import { canonicalJson, sha256Hex } from '../digest';
import { asJson } from '../plan/fieldPaths';
import type { SourceResults } from './renderSources';

/** By node id what its rendering makes, as a digest: a rendering of another time may be another one. Values of Secrets are no part of it. */
export async function sourceDigests(sources: SourceResults): Promise<Readonly<Record<string, string>>> {
  const digests = [...sources].map(
    async ([nodeId, { children }]) => [nodeId, await sha256Hex(canonicalJson(children.map(({ object }) => asJson(object))))] as const,
  );
  return Object.fromEntries(await Promise.all(digests));
}
