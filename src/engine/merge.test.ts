import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../shared/json';
import { patchedObject } from './merge';

const pod = {
  containers: [
    { name: 'web', image: 'nginx', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80, protocol: 'TCP' }] },
    { name: 'side', image: 'busybox' },
  ],
  volumes: [{ name: 'data', emptyDir: {} }],
  tolerations: [{ key: 'a' }],
};
const patched = (patch: JsonValue): JsonValue => JSON.parse(JSON.stringify(patchedObject(pod, patch))) as JsonValue;

describe('a patch', () => {
  test('merges items of a list by the key that the API tells them apart by, at any depth', () => {
    expect(
      patched({
        containers: [
          {
            name: 'web',
            tty: true,
            env: [
              { name: 'A', value: '2' },
              { name: 'B', value: '3' },
            ],
          },
        ],
      }),
    ).toEqual({
      ...pod,
      containers: [
        {
          name: 'web',
          image: 'nginx',
          tty: true,
          env: [
            { name: 'A', value: '2' },
            { name: 'B', value: '3' },
          ],
          ports: [{ containerPort: 80, protocol: 'TCP' }],
        },
        pod.containers[1],
      ],
    });
  });

  test('adds items that are new behind the others', () => {
    expect(patched({ volumes: [{ name: 'more', emptyDir: { medium: 'Memory' } }] })).toEqual({
      ...pod,
      volumes: [pod.volumes[0], { name: 'more', emptyDir: { medium: 'Memory' } }],
    });
  });

  test('finds a port by its number, with TCP as the protocol that nobody says', () => {
    expect(
      patched({
        containers: [
          {
            name: 'web',
            ports: [
              { containerPort: 80, name: 'http' },
              { containerPort: 80, protocol: 'UDP' },
            ],
          },
        ],
      }),
    ).toMatchObject({
      containers: [
        {
          ports: [
            { containerPort: 80, protocol: 'TCP', name: 'http' },
            { containerPort: 80, protocol: 'UDP' },
          ],
        },
        { name: 'side' },
      ],
    });
  });

  test('takes an item away, and replaces a whole list, where it says so', () => {
    expect(patched({ containers: [{ name: 'side', $patch: 'delete' }] })).toMatchObject({ containers: [{ name: 'web' }] });
    expect(patched({ containers: [{ $patch: 'replace' }, { name: 'only', image: 'x' }] })).toEqual({ ...pod, containers: [{ name: 'only', image: 'x' }] });
    expect(patched({ containers: [{ name: 'nobody', $patch: 'delete' }] })).toEqual(pod);
  });

  test('replaces lists whose items have no key, and lists where one item does not say it', () => {
    expect(patched({ tolerations: [{ key: 'b' }] })).toEqual({ ...pod, tolerations: [{ key: 'b' }] });
    expect(patched({ containers: [{ image: 'nameless' }] })).toEqual({ ...pod, containers: [{ image: 'nameless' }] });
    expect(patched({ volumes: 'none' })).toEqual({ ...pod, volumes: 'none' });
  });

  test('removes by null, at any depth, and reaches no prototype', () => {
    expect(patched({ volumes: null, containers: [{ name: 'web', env: null }] })).toEqual({
      containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80, protocol: 'TCP' }] }, pod.containers[1]],
      tolerations: [{ key: 'a' }],
    });
    patched(JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as JsonValue);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
