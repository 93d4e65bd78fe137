import { expect, test } from 'vitest';
import { composeCases } from '../../../testing/composeOracle/cases.mjs';
import { askOracle } from '../../../testing/composeOracle/oracle.mjs';
import { composeJson, readCase } from '../../../testing/composeProject';
import { ProblemError } from '../../../shared/problem';

test('the reader agrees with compose-go itself, built now', async () => {
  const cases = await composeCases();
  const answers = await askOracle(cases);
  let [equal, refused] = [0, 0];
  for (const one of cases) {
    const answer = answers.get(one.name);
    const ours = await readCase(one).then(composeJson, (error: unknown) => (error instanceof ProblemError ? 'refused' : error));
    expect(ours, one.name).toEqual(answer?.refused === undefined ? composeJson(answer?.project ?? null) : 'refused');
    if (ours === 'refused') refused += 1;
    else equal += 1;
  }
  console.log(`compose: ${equal} projects equal to compose-go v2.16.2, ${refused} refused by both, of ${cases.length}`);
});
