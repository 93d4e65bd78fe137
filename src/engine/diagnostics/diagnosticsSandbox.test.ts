import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DiagnosisCode } from '../../shared/diagnosis';
import { diagnosisText, edgeState, firstFalse } from '../../shared/diagnosis';
import { DeployRig } from '../../testing/deployRig';
import { editText } from '../document/editText';
import type { JudgedCheck } from './judging';
import { LiveDiagnostics } from './liveDiagnostics';

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: nginx:1, port: 8080 }
  web-svc: { type: service, port: 80 } # the front door
  front: { type: ingress, host: shop.example.com, ingressClassName: sandbox }
edges:
  - web-svc -> web
  - front -> web-svc
`;
const routes = 'web-svc|||web';
const forwards = 'front|||web-svc';

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start();
  await rig.deploy(shop, { wait: true });
}, 60_000);
afterAll(() => rig.dispose());

async function follow(text: string, act: (live: LiveDiagnostics) => Promise<void>): Promise<void> {
  const { cluster, clock, logger } = rig;
  const live = new LiveDiagnostics({ cluster, clock, logger, workflow: 'shop', intent: rig.intent(text) });
  try {
    await live.settled();
    await act(live);
  } finally {
    live.dispose();
  }
}

const isProven = (live: LiveDiagnostics, key: string): boolean => {
  const edge = live.snapshot().edges[key];
  return edge !== undefined && edgeState(edge) === 'proven';
};

/** The finding with this code, once the edge has it. */
async function finding(live: LiveDiagnostics, key: string, code: DiagnosisCode): Promise<JudgedCheck> {
  await live.until(() => firstFalse(live.snapshot().edges[key]?.checks ?? [])?.code === code);
  const found = [...live.mendable(), ...live.checksOf(key.split('|')[0] ?? '')].find((check) => check.code === code);
  if (found === undefined) throw new Error(`nobody says ${code}`);
  return found;
}

function mended(text: string, check: JudgedCheck, answer = ''): string {
  const edit = check.fix?.edit(answer);
  const outcome = edit === undefined ? undefined : editText(text, edit);
  if (outcome?.ok !== true) throw new Error(`there is no fix for ${diagnosisText(check)}`);
  return outcome.text;
}

/** Deploys what is wrong, sees it named, mends the file, deploys that, and sees it healed. */
async function breakAndHeal(text: string, key: string, code: DiagnosisCode, expected: string): Promise<void> {
  await rig.deploy(text);
  let after = '';
  await follow(text, async (live) => {
    after = mended(text, await finding(live, key, code));
  });
  expect(after).toBe(expected);
  await rig.deploy(after);
  await follow(after, async (live) => {
    await live.until(() => isProven(live, key));
  });
}

describe('the edges of a workflow on a sandbox', () => {
  test(
    'hold when all is well',
    () =>
      follow(shop, async (live) => {
        await live.until(() => isProven(live, routes) && isProven(live, forwards));
        expect(live.mendable()).toEqual([]);
      }),
    30_000,
  );

  test('break by a selector, and the fix of the file heals them', async () => {
    const wrong = shop.replace('port: 80 }', 'port: 80, selector: { app: webb } }');
    await breakAndHeal(wrong, routes, 'selector.near', shop);
  }, 30_000);

  test('break by a target port of a name that no container has, and the fix of the file heals them', async () => {
    const wrong = shop.replace('port: 80 }', 'port: 80, targetPort: grpc }');
    await breakAndHeal(wrong, routes, 'port.unnamed', shop);
  }, 30_000);

  test('warn of a target port that no container declares, and the fix of the file heals them', async () => {
    const wrong = shop.replace('port: 80 }', 'port: 80, targetPort: 9999 }');
    await breakAndHeal(wrong, routes, 'port.undeclared', shop);
  }, 30_000);

  test('warn of a class that nobody declared, and the fix of the file names the one there is', async () => {
    const wrong = shop.replace('ingressClassName: sandbox', 'ingressClassName: nobody');
    await breakAndHeal(wrong, forwards, 'class.served', shop);
  }, 30_000);

  test('break by a port of the Ingress that the Service does not have, and the fix heals them', async () => {
    const wrong = shop.replace('ingressClassName: sandbox }', 'ingressClassName: sandbox, servicePort: 81 }');
    await breakAndHeal(wrong, forwards, 'backendPort.missing', shop);
  }, 30_000);

  test('break while a policy lets nobody in, and heal when it is gone', async () => {
    await rig.deploy(shop);
    const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'deny', namespace: 'default' } };
    await follow(shop, async (live) => {
      await live.until(() => isProven(live, routes));
      await rig.cluster.apply({ ...policy, spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] } }, { fieldManager: 'test' });
      expect(diagnosisText(await finding(live, routes, 'policy.closed'))).toContain('"deny" lets nobody reach port 8080');
      await rig.cluster.delete({ apiVersion: policy.apiVersion, kind: policy.kind, ...policy.metadata });
      await live.until(() => isProven(live, routes));
    });
  }, 30_000);

  test('say that deploying mends what somebody changed on the cluster, and offer no edit of the file', async () => {
    await rig.deploy(shop);
    const ref = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'web-svc' };
    await rig.cluster.mergePatch(ref, { spec: { selector: { app: 'elsewhere' } } }, { fieldManager: 'by-hand' });
    await follow(shop, async (live) => {
      const found = await finding(live, routes, 'selector.near');
      expect([found.isDrift, found.autoFixable]).toEqual([true, false]);
    });
    await rig.cluster.mergePatch(ref, { spec: { selector: { app: 'web' } } }, { fieldManager: 'by-hand' });
  }, 30_000);
});
