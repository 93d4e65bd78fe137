import { describe, expect, test } from 'vitest';
import { parseWorkflow } from './parse';
import { hostileTexts } from './tests/hostileTexts';

/** Milliseconds of processor time that parsing takes; unlike the clock it does not count what else the machine does. */
function timeOf(text: string): number {
  const before = process.cpuUsage();
  parseWorkflow(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** How much longer four times the text takes, at best of some tries: collecting garbage only ever makes one slower. */
function growth(make: (size: number) => string, size: number): number {
  let small = Infinity;
  let large = Infinity;
  for (let attempt = 0; attempt < 6; attempt += 1) {
    small = Math.min(small, timeOf(make(size)));
    large = Math.min(large, timeOf(make(size * 4)));
    // Below this, the clock's own grain and the warming up of code are all there is to see.
    if (large < 40 || large < small * 8) return large < 40 ? 0 : large / small;
  }
  return large / small;
}

describe('texts that were made to hurt', () => {
  const size = 20_000;

  test.each(Object.entries(hostileTexts))('%s: time grows with the length only', { timeout: 120_000 }, (_, make) => {
    // Linear is 4, quadratic is 16.
    expect(growth(make, size)).toBeLessThan(10);
  });

  test.each(Object.entries(hostileTexts))('%s: is read to the end, with no more problems than a person can use', (_, make) => {
    const parsed = parseWorkflow(make(size));
    expect(parsed.problems.length).toBeGreaterThan(0);
    expect(parsed.problems.length).toBeLessThan(1500);
  });

  test('nesting beyond the limit is named at its place, and what stands before it is kept', () => {
    const parsed = parseWorkflow(`name: shop\nnodes:\n  a: { type: deployment }\n  b: ${'['.repeat(2000)}\n  c: { type: service }\n`);
    expect(parsed.broken).toBe(true);
    expect(parsed.problems).toContainEqual(expect.objectContaining({ code: 'yaml.tooDeep', args: { limit: '100' } }));
    expect(parsed.problems.find((problem) => problem.code === 'yaml.tooDeep')?.range?.start.line).toBe(3);
    expect(parsed.workflow.nodes.map((node) => node.id)).toEqual(['a']);
  });

  test('depth that only aliases reach is refused too', () => {
    const links = Array.from({ length: 300 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}]`).join('\n');
    expect(parseWorkflow(`a0: &a0 [x]\n${links}\n`).problems).toContainEqual(expect.objectContaining({ code: 'yaml.tooDeep' }));
  });

  test('aliases that multiply are stopped and leave no value behind', () => {
    const parsed = parseWorkflow(hostileTexts['aliases that multiply']?.(2000) ?? '');
    expect(parsed.problems).toContainEqual(expect.objectContaining({ code: 'yaml.aliasLimit' }));
    expect(JSON.stringify(parsed.workflow).length).toBeLessThan(1_000_000);
  });

  test('a text beyond the limit is not parsed at all', () => {
    const parsed = parseWorkflow('a'.repeat(2_000_001));
    expect(parsed.problems).toEqual([expect.objectContaining({ code: 'yaml.tooLarge', args: { size: '2000001', limit: '2000000' } })]);
    expect(parsed.broken).toBe(true);
  });

  test('no key reaches a prototype', () => {
    const { workflow } = parseWorkflow(
      'nodes:\n  a:\n    type: x\n    __proto__: { polluted: yes }\n    constructor: { prototype: { polluted: 1 } }\nlayout:\n  __proto__: [1, 2]\nx-a: { __proto__: { polluted: 1 } }\n',
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(workflow.nodes[0]?.data ?? {})).toEqual(['__proto__', 'constructor']);
    expect(Object.keys(workflow.layout)).toEqual(['__proto__']);
  });
});
