import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldPath } from './fieldSet';
import { FieldSet, fieldStep, keyStep, pathText, valueStep } from './fieldSet';

const step = fc.constantFrom('f:a', 'f:b', 'f:c', 'k:{"name":"x"}', 'v:"y"');
const paths = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
const texts = (set: FieldSet): string[] => [...set.paths()].map((path) => path.join(' ')).sort();
const distinct = (list: readonly FieldPath[]): string[] => [...new Set(list.map((path) => path.join(' ')))].sort();

describe('a field set', () => {
  it('holds exactly the paths it was made of', () => {
    fc.assert(
      fc.property(paths, (list) => {
        expect(texts(FieldSet.of(list))).toEqual(distinct(list));
      }),
    );
  });

  it('survives the way through FieldsV1', () => {
    fc.assert(
      fc.property(paths, (list) => {
        expect(texts(FieldSet.fromFieldsV1(FieldSet.of(list).toFieldsV1()))).toEqual(distinct(list));
      }),
    );
  });

  it('adds, subtracts and intersects like a set of paths', () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [FieldSet.of(left), FieldSet.of(right)];
        const inRight = new Set(distinct(right));
        expect(texts(a.union(b))).toEqual(distinct([...left, ...right]));
        expect(texts(a.difference(b))).toEqual(distinct(left).filter((one) => !inRight.has(one)));
        expect(texts(a.intersection(b))).toEqual(distinct(left).filter((one) => inRight.has(one)));
        expect(a.difference(a).isEmpty).toBe(true);
        expect(a.equals(a.union(a))).toBe(true);
      }),
    );
  });

  it('takes whole branches away where asked to', () => {
    const set = FieldSet.of([['f:spec'], ['f:spec', 'f:replicas'], ['f:specs'], ['f:metadata', 'f:labels']]);
    expect(texts(set.without(FieldSet.of([['f:spec']])))).toEqual(['f:metadata f:labels', 'f:specs']);
  });

  it('writes paths as conflict messages do', () => {
    expect(pathText([fieldStep('spec'), fieldStep('containers'), keyStep({ containerPort: 80, protocol: 'TCP' }), fieldStep('image')])).toBe(
      '.spec.containers[containerPort=80,protocol="TCP"].image',
    );
    expect(pathText([fieldStep('finalizers'), valueStep('a/b')])).toBe('.finalizers[="a/b"]');
  });

  it('escapes markup in keys as Go does', () => {
    expect(keyStep({ name: '<a&b>' })).toBe('k:{"name":"\\u003ca\\u0026b\\u003e"}');
  });
});
