import { describe, expect, test } from 'vitest';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { editText } from './editText';

const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\n';

/** The text after an edit that has to succeed. */
function edited(text: string, edit: WorkflowEdit): string {
  const result = editText(text, edit);
  if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
  return result.text;
}

/** Lines that went (`-`) and came (`+`), without those that both texts share at their ends. */
function changes(text: string, edit: WorkflowEdit): readonly string[] {
  const before = text.split('\n');
  const after = edited(text, edit).split('\n');
  while (before.length > 0 && after.length > 0 && before[0] === after[0]) {
    before.shift();
    after.shift();
  }
  while (before.length > 0 && after.length > 0 && before.at(-1) === after.at(-1)) {
    before.pop();
    after.pop();
  }
  return [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)];
}

const shop = `# The shop.
${head}nodes:
  # Holds the orders.
  db:
    type: deployment   # for now
    image: 'postgres:17'
    env:
      A: one
      C: three # last

  # The front.
  web-svc: { type: service, port: 80 } # reached by all

  web:
    type: deployment
    command:
      - sh   # the shell
      - -c
edges:
  - web-svc -> web # traffic
  - from: web
    to: db
groups:
  front:
    label: Front
    nodes: [web, web-svc]
environments:
  staging:
    set:
      web: { replicas: 2 }
layout:
  db: [1, 2]
  web: [3, 4] # left
`;

describe('setting a field', () => {
  test('changes the value alone and keeps quotes and the comment behind it', () => {
    expect(changes(shop, { type: 'setField', id: 'db', path: ['image'], value: 'postgres:18' })).toEqual([
      "-    image: 'postgres:17'",
      "+    image: 'postgres:18'",
    ]);
    expect(changes(shop, { type: 'setField', id: 'db', path: ['env', 'C'], value: '3' })).toEqual(['-      C: three # last', '+      C: "3" # last']);
    expect(changes(shop, { type: 'setField', id: 'db', path: ['type'], value: 'statefulset' })).toEqual([
      '-    type: deployment   # for now',
      '+    type: statefulset   # for now',
    ]);
  });

  test('stays in the flow style of the node', () => {
    expect(changes(shop, { type: 'setField', id: 'web-svc', path: ['port'], value: 8080 }).at(-1)).toBe(
      '+  web-svc: { type: service, port: 8080 } # reached by all',
    );
    expect(changes(shop, { type: 'setField', id: 'web-svc', path: ['labels', 'tier'], value: 'a, b' }).at(-1)).toBe(
      '+  web-svc: { type: service, port: 80, labels: { tier: "a, b" } } # reached by all',
    );
  });

  test('puts a new key at the end of the node, and into its sorted place in a sorted map', () => {
    expect(changes(shop, { type: 'setField', id: 'db', path: ['replicas'], value: 2 })).toEqual(['+    replicas: 2']);
    expect(changes(shop, { type: 'setField', id: 'db', path: ['env', 'B'], value: 'two' })).toEqual(['+      B: two']);
  });

  test('quotes what kubectl or another YAML version would not read as text', () => {
    for (const value of ['yes', 'on', 'y', '22:22', '0644', '1e3', 'null', '~', '2001-12-14', '.5', '+.5', '1_000', '0x1F', '']) {
      expect(changes(shop, { type: 'setField', id: 'db', path: ['note'], value })).toEqual([`+    note: "${value}"`]);
    }
  });

  test('writes several lines as a block', () => {
    expect(changes(shop, { type: 'setField', id: 'db', path: ['script'], value: '#!/bin/sh\n\necho "$A"\n' })).toEqual([
      '+    script: |',
      '+      #!/bin/sh',
      '+',
      '+      echo "$A"',
    ]);
    expect(changes(shop, { type: 'setField', id: 'db', path: ['env', 'A'], value: 'x\ny' })).toEqual([
      '-      A: one',
      '+      A: |-',
      '+        x',
      '+        y',
    ]);
  });

  test('keeps the comment on its line when a scalar becomes a block', () => {
    expect(changes(shop, { type: 'setField', id: 'db', path: ['env', 'C'], value: ['x'] })).toEqual([
      '-      C: three # last',
      '+      C: # last',
      '+        - x',
    ]);
  });

  test('changes a list item by item', () => {
    expect(changes(shop, { type: 'setField', id: 'web', path: ['command'], value: ['bash', '-c', 'run it'] })).toEqual([
      '-      - sh   # the shell',
      '-      - -c',
      '+      - bash   # the shell',
      '+      - -c',
      '+      - run it',
    ]);
    expect(changes(shop, { type: 'setField', id: 'web', path: ['command'], value: ['-c'] })).toEqual(['-      - sh   # the shell']);
    expect(changes(shop, { type: 'setField', id: 'web', path: ['command'], value: [] })).toEqual([
      '-    command:',
      '-      - sh   # the shell',
      '-      - -c',
      '+    command: []',
    ]);
  });

  test('removes a key with the comment behind it', () => {
    expect(changes(shop, { type: 'setField', id: 'db', path: ['env', 'C'] })).toEqual(['-      C: three # last']);
    expect(changes(shop, { type: 'setField', id: 'web-svc', path: ['port'] }).at(-1)).toBe('+  web-svc: { type: service } # reached by all');
  });
});

describe('adding', () => {
  test('a node goes to the end when its siblings are not sorted, with the blank line that they have', () => {
    expect(changes(shop, { type: 'addNode', node: { id: 'api', type: 'deployment', data: { image: 'api:1' } } })).toEqual([
      '+',
      '+  api:',
      '+    type: deployment',
      '+    image: api:1',
    ]);
  });

  test('a node goes to its sorted place when its siblings are sorted, above the comment of the next one', () => {
    const text = `${head}nodes:\n    # first\n    a: { type: x }\n    # third\n    c:\n        type: x\n`;
    expect(changes(text, { type: 'addNode', node: { id: 'b', type: 'x', data: {} } })).toEqual(['+    b:', '+        type: x']);
    expect(edited(text, { type: 'addNode', node: { id: '0', type: 'x', data: {} } })).toBe(
      `${head}nodes:\n    "0":\n        type: x\n    # first\n${text.slice(text.indexOf('    a:'))}`,
    );
  });

  test('missing sections come in their canonical place, and layout last', () => {
    expect(edited(`${head}x-team: me\n`, { type: 'addNode', node: { id: 'a', type: 'x', data: {} }, position: [1.4, -2.6] })).toBe(
      `${head}nodes:\n  a:\n    type: x\nx-team: me\nlayout:\n  a: [1, -3]\n`,
    );
    expect(changes(shop, { type: 'setProperty', path: ['status'], value: 'published' })).toEqual(['+status: published']);
    expect(edited(shop, { type: 'setProperty', path: ['status'], value: 'published' })).toContain('name: shop\nstatus: published\nnodes:');
  });

  test('sections that were written empty are filled', () => {
    for (const empty of ['nodes:', 'nodes: {}', 'nodes: null', 'nodes: # none yet']) {
      const comment = empty.includes('#') ? ' # none yet' : '';
      expect(edited(`${head}${empty}\n`, { type: 'addNode', node: { id: 'a', type: 'x', data: {} } })).toBe(`${head}nodes:${comment}\n  a:\n    type: x\n`);
    }
  });

  test('an edge takes the column and form of the list, and a map only when it says more', () => {
    const text = `${head}nodes: { a: { type: x }, b: { type: x } }\nedges:\n- b -> a\n`;
    expect(changes(text, { type: 'connect', edge: { from: 'a', to: 'b' } })).toEqual(['+- a -> b']);
    expect(changes(text, { type: 'connect', edge: { from: 'a', to: 'b', mountPath: '/data' } })).toEqual(['+- from: a', '+  to: b', '+  mountPath: /data']);
  });

  test('keeps Windows line ends, a byte order mark and a missing line break at the end', () => {
    const text = `\ufeff${head}nodes:\n  a: { type: x }\n  b: { type: x }\nlayout:\n  a: [1, 2]`.replaceAll('\n', '\r\n');
    expect(edited(text, { type: 'move', positions: { b: [3, 4] } })).toBe(`${text}\r\n  b: [3, 4]`);
    expect(edited(text, { type: 'setField', id: 'a', path: ['script'], value: 'x\ny\n' })).toBe(
      text.replace('a: { type: x }', 'a: { type: x, script: "x\\ny\\n" }'),
    );
  });

  test('writes a whole file where there is none', () => {
    expect(edited('# mine\n', { type: 'setProperty', path: ['name'], value: 'shop' })).toBe(`# mine\n${head}status: draft\nnodes: {}\n`);
  });

  test('replaces the last section of a file that ends without a line break', () => {
    const text = `${head}nodes: { a: { type: x }, b: { type: x } }\nedges:\n  - a -> b`;
    const edit: WorkflowEdit = {
      type: 'composite',
      edits: [
        { type: 'disconnect', edge: { from: 'a', to: 'b' } },
        { type: 'move', positions: { a: [1, 2] } },
      ],
    };
    expect(edited(text, edit)).toBe(`${head}nodes: { a: { type: x }, b: { type: x } }\nlayout:\n  a: [1, 2]\n`);
    expect(edited(text, { type: 'disconnect', edge: { from: 'a', to: 'b' } })).toBe(`${head}nodes: { a: { type: x }, b: { type: x } }`);
  });

  test('fills a JSON file in JSON', () => {
    const text = '{"apiVersion": "kubeorch.dev/v1alpha1", "kind": "Workflow", "name": "shop", "nodes": {"a": {"type": "x"}}}';
    const labels = { tier: 'front' };
    expect(edited(text, { type: 'setField', id: 'a', path: ['labels'], value: labels })).toBe(text.replace('"x"}', '"x", "labels": {"tier": "front"}}'));
    expect(edited(text, { type: 'setField', id: 'a', path: ['port'], value: 80 })).toBe(text.replace('"x"}', '"x", "port": 80}'));
  });
});

describe('removing', () => {
  test('a node takes its comments, edges, position, membership and overrides with it', () => {
    expect(edited(shop, { type: 'removeNodes', ids: ['web'] })).toBe(`# The shop.
${head}nodes:
  # Holds the orders.
  db:
    type: deployment   # for now
    image: 'postgres:17'
    env:
      A: one
      C: three # last

  # The front.
  web-svc: { type: service, port: 80 } # reached by all

groups:
  front:
    label: Front
    nodes: [web-svc]
environments:
  staging: {}
layout:
  db: [1, 2]
`);
  });

  test('a comment with a blank line below it, or in another column, stays', () => {
    const text = `${head}nodes:\n  a:\n    type: x\n    # b: commented out\n\n  # About all.\n\n  # About b.\n  b:\n    type: x\n`;
    expect(edited(text, { type: 'removeNodes', ids: ['b'] })).toBe(`${head}nodes:\n  a:\n    type: x\n    # b: commented out\n\n  # About all.\n`);
  });

  test('sections that it empties go with their key; others that are empty stay', () => {
    const text = `${head}nodes:\n  a: { type: x }\nedges: []\nlayout:\n  a: [1, 2]\n`;
    expect(edited(text, { type: 'removeNodes', ids: ['a'] })).toBe(`${head}edges: []\n`);
  });

  test('from a flow map on several lines leaves the comments of the others', () => {
    const text = `${head}nodes:\n  a: {\n    type: x, # kind\n    port: 80, # door\n    host: h # name\n  }\n`;
    expect(edited(text, { type: 'setField', id: 'a', path: ['port'] })).toBe(text.replace('    port: 80, # door\n', ''));
    expect(edited(text, { type: 'setField', id: 'a', path: ['host'] })).toBe(text.replace('    host: h # name\n', ''));
    expect(edited(text, { type: 'setField', id: 'a', path: ['new'], value: 1 })).toBe(text.replace('h # name', 'h, # name\n    new: 1'));
  });
});

describe('renaming', () => {
  test('touches every reference and nothing else', () => {
    expect(edited(shop, { type: 'rename', id: 'web', newId: 'shop-front' })).toBe(
      shop
        .replace('\n  web:\n', '\n  shop-front:\n')
        .replace('-> web #', '-> shop-front #')
        .replace('from: web\n', 'from: shop-front\n')
        .replace('[web, web-svc]', '[shop-front, web-svc]')
        .replace('      web: {', '      shop-front: {')
        .replace('  web: [3', '  shop-front: [3'),
    );
  });

  test('keeps the spaces around the arrow', () => {
    const text = `${head}nodes: { a: { type: x }, ab: { type: x } }\nedges:\n  - a->ab\n  - "ab  ->  a" # back\n`;
    expect(edited(text, { type: 'rename', id: 'a', newId: 'b' })).toBe(text.replace('{ a:', '{ b:').replace('a->ab', 'b->ab').replace('->  a"', '->  b"'));
  });

  test('reads ids as they are written', () => {
    const text = `${head}nodes:\n  on: { type: x }\n  1: { type: x }\nedges:\n  - { from: on, to: 1 }\ngroups:\n  g: { nodes: [on, 1] }\nlayout:\n  1: [0, 0]\n`;
    expect(edited(text, { type: 'rename', id: '1', newId: 'two' })).toBe(
      text.replace('  1: {', '  two: {').replace('to: 1', 'to: two').replace('[on, 1]', '[on, two]').replace('  1: [', '  two: ['),
    );
  });
});

describe('moving', () => {
  test('changes the numbers alone', () => {
    const result = editText(shop, { type: 'move', positions: { web: [30, 4.4], db: [1, 2] } });
    expect(result.ok && result.edits.map((edit) => [shop.slice(edit.start, edit.end), edit.newText])).toEqual([['', '0']]);
  });
});

describe('several edits in one step', () => {
  test('give one set of replacements against the text before', () => {
    const edit: WorkflowEdit = {
      type: 'composite',
      edits: [
        { type: 'addNode', node: { id: 'cache', type: 'deployment', data: {} } },
        { type: 'connect', edge: { from: 'web', to: 'cache' } },
        { type: 'rename', id: 'cache', newId: 'redis' },
        { type: 'setField', id: 'redis', path: ['image'], value: 'redis:8' },
        { type: 'disconnect', edge: { from: 'web', to: 'db' } },
        { type: 'removeNodes', ids: ['db'] },
      ],
    };
    const text = edited(shop, edit);
    expect(text).toContain('  redis:\n    type: deployment\n    image: redis:8\n');
    expect(text).toContain('edges:\n  - web-svc -> web # traffic\n  - web -> redis\n');
    expect(text).not.toContain('db');
  });

  test('do nothing at all when one of them is refused', () => {
    const edit: WorkflowEdit = {
      type: 'composite',
      edits: [
        { type: 'removeNodes', ids: ['web'] },
        { type: 'setField', id: 'web', path: ['image'], value: 'x' },
      ],
    };
    expect(editText(shop, edit)).toMatchObject({ ok: false, reason: 'node-missing' });
  });
});

describe('anchors and aliases', () => {
  const shared = `${head}nodes:\n  a: &base\n    type: deployment\n    env: &env { A: x }\n  b: *base\n  c:\n    type: deployment\n    env: *env\n  d:\n    <<: *base\n    image: d\n`;

  test('what others share is not edited behind their back', () => {
    for (const path of [['image'], ['env', 'A'], ['env']])
      expect(editText(shared, { type: 'setField', id: 'a', path, value: 'y' })).toMatchObject({ ok: false, reason: 'read-only' });
    expect(editText(shared, { type: 'setField', id: 'b', path: ['image'], value: 'y' })).toMatchObject({
      ok: false,
      reason: 'read-only',
      detail: expect.stringContaining('*base') as string,
    });
    expect(editText(shared, { type: 'setField', id: 'c', path: ['env', 'A'], value: 'y' })).toMatchObject({ ok: false, reason: 'read-only' });
    expect(editText(shared, { type: 'removeNodes', ids: ['a'] })).toMatchObject({
      ok: false,
      reason: 'read-only',
      detail: expect.stringContaining('&base') as string,
    });
    expect(editText(shared, { type: 'setField', id: 'd', path: ['type'] })).toMatchObject({ ok: false });
  });

  test('what belongs to one place alone is edited', () => {
    expect(edited(shared, { type: 'setField', id: 'd', path: ['image'], value: 'e' })).toBe(shared.replace('image: d', 'image: e'));
    expect(edited(shared, { type: 'setField', id: 'd', path: ['port'], value: 80 })).toBe(`${shared}    port: 80\n`);
    expect(edited(shared, { type: 'setField', id: 'd', path: ['type'], value: 'job' })).toBe(
      `${shared}    type: job\n`.replace('    <<: *base\n    image: d\n    type: job\n', '    type: job\n    <<: *base\n    image: d\n'),
    );
    expect(edited(shared, { type: 'removeNodes', ids: ['b'] })).toBe(shared.replace('  b: *base\n', ''));
    expect(edited(shared, { type: 'rename', id: 'a', newId: 'z' })).toBe(shared.replace('  a: &base', '  z: &base'));
  });
});

describe('texts that cannot be edited', () => {
  test.each([
    ['broken YAML', `${head}nodes:\n  a: { type: x\n`],
    ['a merge conflict', `${head}<<<<<<< HEAD\nstatus: draft\n=======\nstatus: published\n>>>>>>> b\n`],
    ['a list', '- a\n'],
  ])('%s is refused', (_, text) => {
    expect(editText(text, { type: 'setProperty', path: ['status'], value: 'archived' })).toMatchObject({ ok: false, reason: 'broken-text' });
  });
});

describe('an edit that changes nothing', () => {
  test.each<[string, WorkflowEdit]>([
    ['the same value', { type: 'setField', id: 'db', path: ['image'], value: 'postgres:17' }],
    ['the same position', { type: 'move', positions: { web: [3, 4] } }],
    ['a missing key removed', { type: 'setField', id: 'db', path: ['labels', 'x'] }],
    ['the default written', { type: 'setProperty', path: ['status'], value: 'draft' }],
    ['no edits at all', { type: 'composite', edits: [] }],
  ])('%s: gives the same text and no replacements', (_, edit) => {
    expect(editText(shop, edit)).toMatchObject({ ok: true, text: shop, edits: [] });
  });
});
