import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../clock';
import { FileSystem } from './fileSystem';
import { Session } from './session';
import { parseScript, SyntaxError } from './syntax';

async function run(command: readonly string[], input?: string): Promise<{ out: string; err: string; code: number | undefined }> {
  const clock = systemClock();
  let out = '';
  let err = '';
  const session = new Session({
    machine: {
      files: new FileSystem(() => clock.now()),
      clock,
      hostname: 'pod-1',
      process: 'redis-server',
      startedAtMs: clock.now(),
      terminal: () => undefined,
    },
    environment: new Map([
      ['HOME', '/root'],
      ['GREETING', 'hello world'],
    ]),
    folder: '/',
    command,
    tty: false,
    hasInput: input !== undefined,
    stdout: { write: (text) => ((out += text), true) },
    stderr: { write: (text) => ((err += text), true) },
  });
  if (input !== undefined) {
    session.write(input);
    session.endInput();
  }
  return { code: await session.run(), out, err };
}

const script = (text: string) => run(['sh', '-c', text]);

test.each([
  ['echo a  b', 'a b\n'],
  ['echo "$GREETING" | wc -w', '2\n'],
  ["echo '$GREETING'", '$GREETING\n'],
  ['echo $GREETING > /tmp/x; echo more >> /tmp/x; cat /tmp/x', 'hello world\nmore\n'],
  ['mkdir -p /a/b && cd /a/b && pwd', '/a/b\n'],
  ['X=5; echo ${X} ${Y:-none} ${#GREETING}', '5 none 11\n'],
  ['false || echo no; true && echo yes', 'no\nyes\n'],
  ['printf x; echo $?', '127\n'],
  ['for i in 1 2 3; do echo $i; done | tail -n 1', '3\n'],
  ['if [ -d /tmp ]; then echo folder; else echo none; fi', 'folder\n'],
  ['cat /nowhere 2>/dev/null; echo $?', '1\n'],
  ['touch /tmp/a.log /tmp/b.log /tmp/c; cd /tmp; echo *.log', 'a.log b.log\n'],
  ['export A=1; sh -c "echo $A"; env | grep ^A=', '1\nA=1\n'],
  ['echo one; (exit 3); echo $?; hostname; whoami', 'one\n3\npod-1\nroot\n'],
  ['A=1 env | grep -c A=1; echo "${A:-gone}"', '1\ngone\n'],
  ['echo "a b" | cat - ; echo $(echo in $(echo deep))', 'a b\nin deep\n'],
])('%s', async (text, expected) => {
  expect((await script(text)).out).toBe(expected);
});

test('the exit code of a script is that of exit, or of its last command', async () => {
  expect((await script('exit 7; echo never')).code).toBe(7);
  expect((await script('true; false')).code).toBe(1);
  expect(await script('nonsense')).toMatchObject({ code: 127, err: 'sh: nonsense: not found\n' });
  expect((await script('echo "')).code).toBe(2);
});

test('a program is run without a shell, and one that is not there is told as such', async () => {
  expect((await run(['ls', '/'])).out).toContain('etc\n');
  expect((await run(['/bin/echo', '$HOME', '*'])).out).toBe('$HOME *\n');
  expect((await run(['redis-cli'])).code).toBeUndefined();
  expect((await run(['cd', '/'])).code).toBeUndefined();
});

test('a shell reads its script from the input, and a program its data', async () => {
  expect((await run(['sh'], 'X=1\nif true; then\necho $X\nfi\n')).out).toBe('1\n');
  expect((await run(['cat'], 'one\ntwo')).out).toBe('one\ntwo');
  expect((await run(['sh', '-c', 'head -n 1'], 'one\ntwo\n')).out).toBe('one\n');
});

test('an endless loop ends when the client goes', async () => {
  const clock = systemClock();
  const session = new Session({
    machine: { files: new FileSystem(() => 0), clock, hostname: 'h', process: 'p', startedAtMs: 0, terminal: () => undefined },
    environment: new Map(),
    folder: '/',
    command: ['sh', '-c', 'while true; do echo on; done'],
    tty: false,
    hasInput: false,
    stdout: { write: () => true },
    stderr: { write: () => true },
  });
  const ended = session.run();
  setTimeout(() => {
    session.close();
  }, 20);
  expect(await ended).toBe(130);
});

test('a container cannot fill the memory of the machine', async () => {
  expect((await script('X=0123456789; for i in 1 2 3 4 5 6; do X=$X$X$X$X$X$X$X$X$X$X; done; echo "$X" > /tmp/big')).err).toMatch(
    /No space left on device|too/,
  );
});

test('any text is read, or refused with a syntax error, and never anything else', () => {
  const pieces = fc.constantFrom(
    'echo',
    ' ',
    '"',
    "'",
    '$',
    '(',
    ')',
    '{',
    '}',
    ';',
    '&&',
    '|',
    '<',
    '>',
    '\n',
    'if',
    'then',
    'fi',
    'for',
    'do',
    'done',
    '`',
    '\\',
    '#',
    'x=1',
    '$(',
    '${',
    'while',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          parseScript(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a script may choose a shell and give way to it', async () => {
  const choose = ['/bin/sh', '-c', 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi'];
  expect(await run(choose, 'cd /tmp\necho typed in $PWD\nexit 3\n')).toEqual({ out: 'typed in /tmp\n', err: '', code: 3 });
  expect(await script('command -v nothing-of-the-kind; echo $?')).toMatchObject({ out: '127\n' });
  expect(await script('exec echo last; echo never')).toMatchObject({ out: 'last\n', code: 0 });
});
