import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../sandbox/startServer';
import type { Wire } from './differential';
import { comparable, differences, sendExchange, wireOf } from './differential';
import type { Exchange } from './differentialCases';
import { customKinds, exchanges, furtherKinds } from './differentialCases';
import { shelfDefinition } from './differentialFurther';
import { pathOf } from './differentialObjects';

/** One of its own for each run: the last run's may still be going. */
const namespace = `differential-${Date.now().toString(36)}`;
const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 1);
/** Ten exchanges or more each. */
const scenarios = Number(process.env['DIFFERENTIAL_SCENARIOS'] ?? 60);

async function makeNamespace(wire: Wire): Promise<void> {
  await wire.send('POST', '/api/v1/namespaces', 'application/json', JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
  for (let tries = 0; tries < 100; tries++) {
    const account = await wire.send('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`, undefined, undefined);
    if (account.code === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the namespace got no service account');
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const shelfName = 'shelves.differential.kubeorch.dev';

/** The definition, also one that is left of a run before, and its kind served. */
async function define(wire: Wire): Promise<void> {
  await wire.send('POST', definitions, 'application/json', JSON.stringify(shelfDefinition));
  const path = pathOf('Shelf').replace('$ns', namespace);
  for (let tries = 0; tries < 100; tries++) {
    const list = await wire.send('GET', path, undefined, undefined);
    if (list.code === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the custom kind is not served');
}

describe('sandbox and real API server', () => {
  let real: Wire;
  let ours: Wire;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const sandbox = await startServer({ seed: String(seed) });
    stop = () => sandbox.close();
    real = wireOf(readFileSync(process.env['KUBECONFIG'] ?? '', 'utf8'));
    ours = wireOf(sandbox.kubeconfig);
    await Promise.all([makeNamespace(real), makeNamespace(ours)]);
  });

  afterAll(async () => {
    await real.send('DELETE', `/api/v1/namespaces/${namespace}`, undefined, undefined);
    await real.send('DELETE', `${definitions}/${shelfName}`, undefined, undefined);
    real.close();
    ours.close();
    await stop();
  });

  async function compare(all: readonly Exchange[], other: Wire): Promise<number> {
    const told: string[] = [];
    for (const exchange of all) {
      const [left, right] = await Promise.all([sendExchange(real, exchange, namespace), sendExchange(other, exchange, namespace)]);
      const found = differences(comparable(left), comparable(right));
      if (found.length > 0) told.push([exchange.title, ...found.slice(0, 12).map((one) => `    ${one}`)].join('\n'));
    }
    const equal = all.length - told.length;
    const share = (100 * equal) / all.length;
    console.log(`${equal} of ${all.length} exchanges equal (${share.toFixed(2)} %), seed ${seed}; real <> sandbox:\n${told.join('\n')}`);
    return share;
  }

  it('answer at least 95 of 100 generated exchanges alike for the kinds that a workflow makes', async () => {
    const all = exchanges(seed, scenarios);
    expect(all.length).toBeGreaterThanOrEqual(500);
    expect(await compare(all, ours)).toBeGreaterThanOrEqual(95);
  }, 600_000);

  it('answer at least 95 of 100 generated exchanges alike for a kind that a definition brings', async () => {
    await Promise.all([define(real), define(ours)]);
    expect(await compare(exchanges(seed, Math.ceil(scenarios / 3), customKinds), ours)).toBeGreaterThanOrEqual(95);
  }, 600_000);

  it('answer at least 95 of 100 generated exchanges alike for all other kinds with a namespace', async () => {
    expect(await compare(exchanges(seed, scenarios, furtherKinds), ours)).toBeGreaterThanOrEqual(95);
  }, 600_000);
});
