import { describe, expect, test } from 'vitest';
import { ClusterError } from '../engine/ports';
import type { KubeObject } from '../shared/kubeObject';
import { isHiddenValue, ObjectDoor, outgoing } from './objects';

const kind = { apiVersion: 'v1', kind: 'Secret' };
const door = new ObjectDoor('kubeorch');
const secret = (more: object): KubeObject => door.incoming({ metadata: { name: 's', namespace: 'n' }, ...more }, kind);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('Secrets', () => {
  test('values become digests: equal for equal values of one key, also from stringData, different for all else', () => {
    const a = secret({ data: { x: base64('one'), y: base64('one') } }).data;
    expect(Object.values(a ?? {}).every((value) => isHiddenValue(value))).toBe(true);
    expect(secret({ data: { x: base64('one') } }).data?.['x']).toBe(a?.['x']);
    expect((secret({ stringData: { x: 'one' } }) as { stringData?: Record<string, string> }).stringData?.['x']).toBe(a?.['x']);
    expect(secret({ data: { x: base64('two') } }).data?.['x']).not.toBe(a?.['x']);
    expect(a?.['x']).not.toBe(a?.['y']);
    expect(a?.['x']).toMatch(/^hidden:[0-9a-f]{32}:3$/);
    expect(new ObjectDoor('kubeorch').incoming({ metadata: { name: 's', namespace: 'n' }, data: { x: base64('one') } }, kind).data?.['x']).not.toBe(a?.['x']);
  });

  test('a Secret that was read is not written back, whole ones are', () => {
    const read = secret({ data: { x: base64('one') } });
    expect(() => outgoing(read)).toThrow(ClusterError);
    const whole: KubeObject = { ...kind, metadata: { name: 's', namespace: 'n' }, data: { x: base64('one') } };
    expect(outgoing(whole)['data']).toEqual({ x: base64('one') });
  });

  test('the copy that kubectl leaves in an annotation does not come in, for any kind', () => {
    const object = door.incoming(
      { metadata: { name: 'a', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"x":"b25l"}}', other: 'kept' } } },
      { apiVersion: 'v1', kind: 'ConfigMap' },
    );
    expect(object.metadata.annotations).toEqual({ other: 'kept' });
    const only = door.incoming({ metadata: { name: 'a', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'x' } } }, kind);
    expect(only.metadata).toEqual({ name: 'a' });
  });
});

test('an object without a name is no object', () => {
  for (const value of [null, 'x', {}, { metadata: {} }, { metadata: { name: 1 } }, []]) expect(() => door.incoming(value, kind)).toThrow(/without a name/);
});

test('a cached object keeps the fields of our manager only, an outgoing one none', () => {
  const object = door.incoming(
    { metadata: { name: 'a', managedFields: [{ manager: 'kubelet' }, { manager: 'kubeorch', operation: 'Apply' }] } },
    { apiVersion: 'v1', kind: 'Pod' },
  );
  expect(door.cached(object).metadata.managedFields).toEqual([{ manager: 'kubeorch', operation: 'Apply' }]);
  expect(outgoing(object)['metadata']).toEqual({ name: 'a' });
});
