import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WorkflowEdge } from '../shared/workflow';
import { emptyWorkflow } from '../shared/workflow';
import { coreCatalog } from '../testing/coreCatalog';
import type { ApplyOrder } from './order';
import { applyOrder } from './order';
import { resolveWorkflow } from './relations';

const { catalog } = await coreCatalog();

/** Nodes are written `id:type`, edges `a -> b` with what "ready" means behind it. */
function orderOf(nodes: readonly string[], edges: readonly string[]): ApplyOrder {
  const workflow = {
    ...emptyWorkflow('w'),
    nodes: nodes.map((text) => {
      const [id = '', type = 'deployment'] = text.split(':');
      return { id, type, data: {} };
    }),
    edges: edges.map((text): WorkflowEdge => {
      const [from = '', to = '', ready] = text.split(/ -> | /);
      return { from, to, ...(ready === undefined ? {} : { ready }) };
    }),
  };
  return applyOrder(resolveWorkflow(workflow, catalog));
}

describe('the order of application', () => {
  test('follows from the relations and not from the arrows', () => {
    const { waves } = orderOf(['web:ingress', 'svc:service', 'app', 'cfg:configmap', 'key:secret'], ['web -> svc', 'svc -> app', 'cfg -> app', 'key -> app']);
    expect(waves).toEqual([
      ['svc', 'cfg', 'key'],
      ['web', 'app'],
    ]);
  });

  test('leaves nodes that nothing orders as the file has them', () => {
    expect(orderOf(['c', 'a', 'b'], []).order).toEqual(['c', 'a', 'b']);
  });

  test('depends-on wants the other end ready, other relations only applied', () => {
    const order = orderOf(['app', 'db', 'cfg:configmap'], ['app -> db', 'cfg -> app']);
    expect([order.after('app'), order.afterReady('app'), order.afterReady('cfg')]).toEqual([['db', 'cfg'], ['db'], []]);
  });

  test('depends-on wants what its edge says: health, a condition, or nothing beyond the order', () => {
    const order = orderOf(
      ['app', 'db', 'crd', 'mq', 'log'],
      ['app -> db applied', 'app -> crd Established', 'app -> mq healthy', 'app -> log Progressing=False'],
    );
    expect([order.after('app'), order.afterReady('app')]).toEqual([
      ['db', 'crd', 'mq', 'log'],
      ['crd', 'mq', 'log'],
    ]);
    expect(['db', 'crd', 'mq', 'log'].map((id) => order.readyWhen('app', id))).toEqual([undefined, 'Established', undefined, 'Progressing=False']);
  });

  test('routing orders nothing, so a Service and its workload may need one another elsewhere', () => {
    expect(orderOf(['svc:service', 'app'], ['svc -> app']).waves).toEqual([['svc', 'app']]);
  });

  test('an edge to nowhere, to itself or between kinds that cannot connect is no cycle', () => {
    const order = orderOf(['a', 'b', 's:secret', 'i:ingress'], ['a -> gone', 'gone -> a', 'b -> b', 'i -> s', 's -> i']);
    expect(order.cycle).toBeUndefined();
    expect(order.order).toEqual(['a', 'b', 's', 'i']);
  });

  test('names a shortest cycle, the first of the file among equals, and orders what does not hang on it', () => {
    const order = orderOf(['x', 'a', 'b', 'c', 'd', 'e', 'behind'], ['a -> b', 'b -> c', 'c -> a', 'd -> e', 'e -> d', 'behind -> d']);
    expect(order.cycle).toEqual(['d', 'e', 'd']);
    expect(order.order).toEqual(['x']);
    expect(orderOf(['a', 'b', 'c', 'd'], ['c -> d', 'd -> c', 'b -> a', 'a -> b']).cycle).toEqual(['a', 'b', 'a']);
  });

  const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      edges: fc.uniqueArray(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 24, selector: ([a, b]) => `${a} ${b}` }),
    }),
  );

  test('respects every edge, holds every node once, and finds a cycle exactly when there is one', () => {
    fc.assert(
      fc.property(graphs, ({ size, edges }) => {
        const real = edges.filter(([a, b]) => a !== b);
        const order = orderOf(
          Array.from({ length: size }, (_, index) => `n${index}`),
          edges.map(([a, b]) => `n${a} -> n${b}`),
        );
        // A node reaches itself: found by multiplying the relation, which shares nothing with the algorithm under test.
        const reach = real.map(([a, b]) => [a, b] as const);
        const reaches = Array.from({ length: size }, (_, a) => Array.from({ length: size }, (__, b) => reach.some(([x, y]) => x === a && y === b)));
        for (let k = 0; k < size; k += 1)
          for (let i = 0; i < size; i += 1)
            for (let j = 0; j < size; j += 1) if (reaches[i]?.[k] === true && reaches[k]?.[j] === true) (reaches[i] ?? [])[j] = true;
        const cyclic = reaches.some((row, index) => row[index] === true);

        expect(order.cycle !== undefined).toBe(cyclic);
        expect(new Set(order.order).size).toBe(order.order.length);
        if (!cyclic) expect(order.order).toHaveLength(size);
        const waveOf = new Map(order.waves.flatMap((wave, index) => wave.map((id) => [id, index] as const)));
        for (const [a, b] of real) {
          const [needing, needed] = [waveOf.get(`n${a}`), waveOf.get(`n${b}`)];
          if (needing !== undefined) expect(needed).toBeLessThan(needing);
        }
        const { cycle } = order;
        if (cycle !== undefined) {
          expect(cycle.at(0)).toBe(cycle.at(-1));
          for (let index = 1; index < cycle.length; index += 1)
            expect(real.some(([a, b]) => `n${a}` === cycle[index - 1] && `n${b}` === cycle[index])).toBe(true);
          expect(new Set(cycle).size).toBe(cycle.length - 1);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a long chain of nodes takes no time worth telling', () => {
    const size = 1000;
    const startedAtMs = performance.now();
    const order = orderOf(
      Array.from({ length: size }, (_, index) => `n${index}`),
      Array.from({ length: size - 1 }, (_, index) => `n${index} -> n${index + 1}`),
    );
    expect(order.waves).toHaveLength(size);
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
  });
});
