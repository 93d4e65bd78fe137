import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeCases } from '../../testing/composeOracle/cases.mjs';
import { importCase } from '../../testing/composeProject';
import { coreCatalog } from '../../testing/coreCatalog';
import { DeployRig } from '../../testing/deployRig';

const cases = (await composeCases()).filter(({ name }) => !name.endsWith('-fails'));

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start();
});
afterAll(() => rig.dispose());

describe('what is imported from compose files', () => {
  test('is accepted by the sandbox, all of it', { timeout: 60_000 }, async () => {
    const { catalog } = await coreCatalog();
    for (const one of cases) {
      const made = await importCase(one, catalog);
      for (const { node, keys } of made.secrets) for (const key of keys) rig.secretValues.set(`${node}.${key}`, 'x');
      if (made.workflow.nodes.length === 0) continue;
      const { plan } = await rig.plan(made.text.replace('status: draft', 'status: published'));
      expect([one.name, plan.problems]).toEqual([one.name, []]);
      expect([one.name, plan.steps.filter((step) => step.action !== 'create')]).toEqual([one.name, []]);
    }
  });
});
