import { expect, it } from 'vitest';
import { checkWorkflow, parseWorkflow, workflowText } from '../../src/engine/index';
import { emptyWorkflow } from '../../src/shared/workflow';
import { coreCatalog, shippedOpenApi } from '../../src/testing/coreCatalog';
import { starterFragment, starters, startersFor } from './starters';

const [loaded, openApi] = await Promise.all([coreCatalog(), shippedOpenApi()]);

it.each(starters)('the starter $name is a workflow without a fault, on kinds that ship', (starter) => {
  const text = workflowText({ ...emptyWorkflow('shop'), ...starterFragment(starter) });
  const problems = checkWorkflow({ parsed: parseWorkflow(text), loaded, openApi, fileName: 'shop.workflow.yaml' });
  expect(problems.filter(({ severity }) => severity === 'error' || severity === 'warning')).toEqual([]);
  expect(startersFor(loaded.catalog, starter.name).map(({ id }) => id)).toEqual([starter.id]);
});

it('offers no starter whose kinds are not there', () => {
  expect(startersFor({ kinds: [] }, '')).toEqual([]);
});
