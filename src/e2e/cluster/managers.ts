import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonMap } from '../../sandbox/objects';
import { mergePatched } from '../../sandbox/semantics/patches';
import { startServer } from '../../sandbox/startServer';
import type { Wire } from './differential';
import { comparable, differences, sendExchange, wireOf } from './differential';
import type { Exchange } from './differentialCases';
import { Dice } from './differentialCases';
import type { Edit } from './differentialObjects';
import { editsOf, objectOf, pathOf } from './differentialObjects';

const kinds = ['Deployment', 'Service', 'ConfigMap', 'Secret', 'Ingress'] as const;
const managers = ['kubeorch', 'beta', 'gamma'] as const;
/** The real server hides this field of an ExternalName service and keeps it stored for when the type changes; the sandbox lets it go. */
const hidden = '/object/spec/internalTrafficPolicy: ';
const namespace = `managers-${Date.now().toString(36)}`;

/** One object that two or three managers apply, each in full or in part, with force or without, and what it is at the end. */
function applies(number: number, dice: Dice): readonly Exchange[] {
  const kind = kinds[number % kinds.length] ?? 'ConfigMap';
  const name = `${kind.toLowerCase()}-${number}`;
  const hands = managers.slice(0, dice.chance(50) ? 2 : 3);
  const edits = editsOf(kind);
  const sound = edits.filter((edit) => edit.sound);
  const edit = (): Edit => dice.pick(dice.chance(85) ? sound : edits);
  const { apiVersion = '', kind: kindName = '' } = objectOf(kind, name);
  const body = (one: Edit, isWhole: boolean): JsonMap =>
    mergePatched(isWhole ? objectOf(kind, name) : { apiVersion, kind: kindName, metadata: { name } }, one.patch) as JsonMap;
  const apply = (manager: string, isWhole: boolean, one: Edit): Exchange => {
    const force = dice.chance(30);
    return {
      title: `#${number} ${kind}: ${isWhole ? 'whole' : 'part'} by ${manager}, ${one.name}${force ? ', forced' : ''}`,
      method: 'PATCH',
      path: `${pathOf(kind, name)}?fieldManager=${manager}&force=${force}`,
      contentType: 'application/apply-patch+yaml',
      body: body(one, isWhole),
    };
  };
  const others = hands.slice(1).map((manager) => apply(manager, dice.chance(40), edit()));
  const again = Array.from({ length: 1 + dice.below(2) }, () => apply(dice.pick(hands), dice.chance(60), edit()));
  return [apply('kubeorch', true, dice.pick(sound)), ...others, ...again, { title: `#${number} ${kind}: at the end`, method: 'GET', path: pathOf(kind, name) }];
}

/** The suite of generated applies by several managers: code, reason, causes and the object with its managers are the same on both servers. */
export function managerApplies(
  count: number,
  seed: number,
  realKubeconfig: () => Promise<{ readonly text: string; readonly dispose: () => Promise<void> }>,
): void {
  describe('two or three managers of one object', () => {
    let [real, ours]: [Wire | undefined, Wire | undefined] = [undefined, undefined];
    const ends: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      const [sandbox, server] = await Promise.all([startServer({ seed: String(seed) }), realKubeconfig()]);
      ends.push(() => sandbox.close(), server.dispose);
      real = wireOf(server.text);
      ours = wireOf(sandbox.kubeconfig);
      const made = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      await Promise.all([real, ours].map((wire) => wire.send('POST', '/api/v1/namespaces', 'application/json', made)));
    }, 120_000);
    afterAll(async () => {
      await real?.send('DELETE', `/api/v1/namespaces/${namespace}`, undefined, undefined);
      real?.close();
      ours?.close();
      for (const end of ends) await end();
    });

    test(
      `get the same verdicts of the sandbox and of a real API server in ${count} generated cases, seed ${seed}`,
      { timeout: 60_000 + count * 2000 },
      async () => {
        if (real === undefined || ours === undefined) throw new Error('there are no servers');
        const told: string[] = [];
        let [exchanges, conflicts] = [0, 0];
        for (let number = 0; number < count; number += 1) {
          const found: string[] = [];
          for (const exchange of applies(number, new Dice(seed * 1_000_003 + number))) {
            const [left, right] = await Promise.all([sendExchange(real, exchange, namespace), sendExchange(ours, exchange, namespace)]);
            exchanges += 1;
            if (left.code === 409) conflicts += 1;
            const apart = differences(comparable(left), comparable(right)).filter((one) => !one.startsWith(hidden));
            if (apart.length > 0) found.push([exchange.title, ...apart.slice(0, 8).map((one) => `    ${one}`)].join('\n'));
          }
          if (found.length > 0) told.push(found.join('\n'));
        }
        console.log(
          `${count - told.length} of ${count} cases with the same verdicts, seed ${seed}: ${exchanges} exchanges, ${conflicts} of them refused as conflicts`,
        );
        expect(told.join('\n')).toBe('');
        // A generator that makes no conflicts would show nothing.
        expect(conflicts).toBeGreaterThan(count / 10);
      },
    );
  });
}
