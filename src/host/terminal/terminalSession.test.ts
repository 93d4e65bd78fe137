import { beforeEach, describe, expect, it } from 'vitest';
import type { ExecExit, ExecSession } from '../../engine/ports';
import { MemoryLogger } from '../../testing/memoryLogger';
import { settle, VirtualClock } from '../../testing/virtualClock';
import { isMissingShell, shellCommand } from './shell';
import { TerminalSession } from './terminalSession';
import type { PodPlace, Shell, TerminalSessionParts, Whereabouts } from './terminalSession';

/** A command whose every word and end the test decides. */
class ScriptedCommand implements ExecSession {
  readonly output: AsyncIterable<{ readonly channel: 1 | 2; readonly bytes: Uint8Array }>;
  readonly exit: Promise<ExecExit>;
  readonly written: Buffer[] = [];
  readonly sizes: [number, number][] = [];
  disposed = false;
  hungUp = 0;
  /** Set: writes wait for it. */
  gate: Promise<void> | undefined;
  readonly #chunks: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #settle: (exit: ExecExit) => void = () => undefined;

  constructor() {
    this.exit = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.output = { [Symbol.asyncIterator]: () => this.#read() };
  }

  say(bytes: string | Uint8Array): void {
    this.#chunks.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    this.#wake?.();
  }

  end(exit: Partial<ExecExit>): void {
    this.#ended = true;
    this.#settle({ message: '', clean: true, ...exit });
    this.#wake?.();
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.gate;
    this.written.push(Buffer.from(bytes));
  }

  endInput(): void {}

  resize(columns: number, rows: number): void {
    this.sizes.push([columns, rows]);
  }

  dispose(): void {
    this.disposed = true;
    this.end({ clean: false, message: 'closed' });
  }

  async *#read(): AsyncGenerator<{ readonly channel: 1 | 2; readonly bytes: Uint8Array }> {
    for (;;) {
      const bytes = this.#chunks.shift();
      if (bytes !== undefined) yield { channel: 1, bytes };
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

function shellOf(command: ScriptedCommand): Shell {
  return {
    session: command,
    hangUp: () => {
      command.hungUp++;
      return Promise.resolve();
    },
  };
}

const place: PodPlace = { namespace: 'shop', pod: 'web-1', container: 'main' };

describe('a pod terminal', () => {
  let clock: VirtualClock;
  let commands: ScriptedCommand[];
  let places: PodPlace[];
  let entered: string[];
  let screen: string;
  let code: number | undefined;
  let where: Whereabouts;
  let refusals: Error[];

  const start = (more: Partial<TerminalSessionParts> = {}): TerminalSession => {
    const session = new TerminalSession({
      place,
      connect: (at) => {
        places.push(at);
        const refusal = refusals.shift();
        if (refusal !== undefined) return Promise.reject(refusal);
        const command = new ScriptedCommand();
        commands.push(command);
        return Promise.resolve(shellOf(command));
      },
      locate: () => Promise.resolve(where),
      withoutShell: () => Promise.resolve(undefined),
      clock,
      log: new MemoryLogger(),
      words: {
        completed: () => '<completed>',
        exited: (exitCode) => `<exit ${exitCode}>`,
        notStarted: (why) => `<not started ${why}>`,
        lost: (why, next) => `<lost ${why} ${next}>`,
        moved: (from, to) => `<moved ${from} ${to}>`,
        waiting: (pod) => `<waiting ${pod}>`,
        stillWaiting: (pod) => `<still waiting ${pod}>`,
        gone: (pod) => `<gone ${pod}>`,
        noShell: (container) => `<no shell ${container}>`,
        failure: (error) => (error instanceof Error ? error.message : String(error)),
      },
      show: (text) => {
        screen += text;
      },
      onClosed: (exitCode) => {
        code = exitCode;
      },
      onEntered: (at) => entered.push(at.pod),
      ...more,
    });
    session.open({ columns: 100, rows: 40 });
    return session;
  };
  const command = (index = 0): ScriptedCommand => {
    const found = commands[index];
    if (found === undefined) throw new Error(`only ${commands.length} commands were started`);
    return found;
  };

  beforeEach(() => {
    clock = new VirtualClock();
    [commands, places, entered, screen, code, where, refusals] = [[], [], [], '', undefined, { found: 'here' }, []];
  });

  it('can be stopped from outside: it says why, connects no more, and a key closes it', async () => {
    const session = start();
    await settle();
    session.stop('<somebody else acts there>');
    await settle();
    expect([command().disposed, command().hungUp, code]).toEqual([true, 1, undefined]);
    expect(screen).toContain('<somebody else acts there>');
    expect(screen).not.toContain('<lost');
    await clock.advance(60_000);
    expect(commands).toHaveLength(1);
    session.input('x');
    expect(code).toBe(1);
    expect(command().written).toEqual([]);
  });

  it('tells its size at the start and whenever it changes, and never one without an area', async () => {
    const session = start();
    await settle();
    session.resize({ columns: 80, rows: 24 });
    session.resize({ columns: 0, rows: 24 });
    expect(command().sizes).toEqual([
      [100, 40],
      [80, 24],
    ]);
  });

  it('shows characters whole that came in pieces, in few writes', async () => {
    start();
    await settle();
    for (const byte of Buffer.from('a→ü€😀')) command().say(Uint8Array.of(byte));
    await clock.advance(16);
    expect(screen).toBe('a→ü€😀');
  });

  it('sends what is typed in order, also what is typed before it is connected and while a write waits', async () => {
    const session = start();
    session.input('early ');
    await settle();
    let open = (): void => undefined;
    command().gate = new Promise((resolve) => {
      open = resolve;
    });
    const paste = 'x'.repeat(1024 * 1024);
    session.input(paste);
    session.input(' late');
    await settle();
    open();
    await settle();
    expect(Buffer.concat(command().written).toString() === `early ${paste} late`).toBe(true);
  });

  it('keeps halves of a character together that arrive in two inputs', async () => {
    const session = start();
    await settle();
    const [high = '', low = ''] = '😀'.split('');
    session.input(`a${high}`);
    session.input(`${low}b`);
    await settle();
    expect(Buffer.concat(command().written).toString()).toBe('a😀b');
  });

  it('ends with its shell, shows the exit code until a key is pressed, and does not come back', async () => {
    const session = start();
    await settle();
    command().end({ exitCode: 3 });
    await clock.advance(10_000);
    expect([screen.includes('<exit 3>'), code, commands.length]).toEqual([true, undefined, 1]);
    session.input(' ');
    await clock.advance(10_000);
    expect([code, commands.length]).toEqual([3, 1]);
  });

  it('connects again by itself once, 3 s after a loss, and then on a key', async () => {
    const session = start();
    await settle();
    command().end({ clean: false, message: 'reset' });
    await clock.advance(2_999);
    expect([screen.includes('<lost reset again>'), commands.length]).toEqual([true, 1]);
    refusals.push(new Error('refused'));
    await clock.advance(1);
    expect([screen.includes('<lost refused key>'), commands.length]).toEqual([true, 1]);
    await clock.advance(60_000);
    expect(commands.length).toBe(1);
    session.input('x');
    await settle();
    expect(commands.length).toBe(2);
    // The key asked for the connection; it is no input of the new shell.
    expect(command(1).written).toEqual([]);
  });

  it('ends the shell that a lost connection left behind once there is a new one, and none that ended by itself', async () => {
    const session = start();
    await settle();
    command().end({ clean: false, message: 'reset' });
    await clock.advance(2_999);
    expect(command().hungUp).toBe(0);
    await clock.advance(1);
    expect([command(0).hungUp, command(1).hungUp]).toEqual([1, 0]);
    command(1).end({ exitCode: 0 });
    await settle();
    session.dispose();
    await session.left;
    expect([command(0).hungUp, command(1).hungUp]).toEqual([1, 0]);
  });

  it('takes a loss for a first one again once the new shell has answered', async () => {
    start();
    await settle();
    for (let round = 0; round < 3; round++) {
      command(round).say('$ ');
      await clock.advance(20);
      command(round).end({ clean: false, message: 'reset' });
      await clock.advance(3_000);
    }
    expect([commands.length, screen.includes('key>')]).toEqual([4, false]);
  });

  it('goes on in the replacement of a pod that was deleted under it, and says that the shell is a new one', async () => {
    start();
    await settle();
    command().say('$ ');
    await clock.advance(20);
    where = { found: 'not-yet' };
    command().end({ exitCode: 137 });
    await settle();
    expect(screen).toContain('<lost <gone web-1> again>');
    await clock.advance(3_000);
    expect(screen).toContain('<waiting web-1>');
    where = { found: 'elsewhere', place: { ...place, pod: 'web-2' } };
    await clock.advance(3_000);
    expect(screen).toContain('<moved web-1 web-2>');
    expect([places.at(-1)?.pod, entered, code]).toEqual(['web-2', ['web-1', 'web-2'], undefined]);
  });

  it('stops looking for a replacement that does not come, until a key is pressed', async () => {
    const session = start();
    await settle();
    where = { found: 'not-yet' };
    command().end({ clean: false, message: 'reset' });
    await clock.advance(120_000);
    expect(screen).toContain('<still waiting web-1>');
    expect(clock.waiting).toBe(0);
    where = { found: 'elsewhere', place: { ...place, pod: 'web-2' } };
    session.input(' ');
    await settle();
    expect(entered).toEqual(['web-1', 'web-2']);
  });

  it('takes a killed shell in a pod that is still there for its end', async () => {
    start();
    await settle();
    command().say('$ ');
    await clock.advance(20);
    command().end({ exitCode: 137 });
    await settle();
    expect(screen).toContain('<exit 137>');
  });

  it('offers another way in where the image has no shell, and uses it', async () => {
    const debug = new ScriptedCommand();
    start({ withoutShell: () => Promise.resolve(() => Promise.resolve(shellOf(debug))) });
    await settle();
    command().end({ message: 'exec: "/bin/sh": stat /bin/sh: no such file or directory' });
    await settle();
    expect(screen).toContain('<no shell main>');
    debug.say('debug $ ');
    await clock.advance(20);
    expect(screen).toContain('debug $ ');
    expect(debug.sizes).toEqual([[100, 40]]);
  });

  it('does not wait for an answer to the offer once it is closed', async () => {
    const session = start({ withoutShell: () => new Promise(() => undefined) });
    await settle();
    command().end({ exitCode: 127 });
    await settle();
    session.dispose();
    await session.left;
    expect([commands.length, clock.waiting, code]).toEqual([1, 0, undefined]);
  });

  it('ends when the offer is declined, with what the runtime said', async () => {
    const session = start();
    await settle();
    command().end({ message: 'exec: "/bin/sh": stat /bin/sh: no such file or directory' });
    await settle();
    session.input(' ');
    expect([screen.includes('stat /bin/sh'), code]).toEqual([true, 127]);
  });

  it('ends the command when it is closed, and leaves no timer', async () => {
    const session = start();
    await settle();
    session.dispose();
    await clock.advance(10_000);
    expect([command().disposed, command().hungUp, commands.length, clock.waiting, code]).toEqual([true, 1, 1, 0, undefined]);
  });

  it('ends a command that was still starting when it was closed', async () => {
    let finish: (shell: Shell) => void = () => undefined;
    const session = start({
      connect: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    session.dispose();
    const started = new ScriptedCommand();
    let left = false;
    void session.left.then(() => {
      left = true;
    });
    await settle();
    expect(left).toBe(false);
    finish(shellOf(started));
    await settle();
    expect(left).toBe(true);
    expect([started.disposed, started.hungUp]).toEqual([true, 1]);
  });
});

describe('the shell', () => {
  it('is the one asked for, else chosen inside the container by a single command', () => {
    expect(shellCommand('/bin/zsh', 'm1')).toEqual(['/bin/zsh']);
    expect(shellCommand('', 'm1')).toEqual(['/bin/sh', '-c', expect.stringMatching(/^export KUBEORCH_TERMINAL=m1; .*exec bash/)]);
  });

  it.each([
    [{ clean: true, message: 'exec: "/bin/sh": executable file not found in $PATH' }, false, true],
    [{ clean: true, exitCode: 127, message: '' }, false, true],
    [{ clean: true, exitCode: 126, message: '' }, false, true],
    // Somebody typed a command that is not there, and then left.
    [{ clean: true, exitCode: 127, message: '' }, true, false],
    [{ clean: false, message: 'no such file or directory' }, false, false],
    [{ clean: true, exitCode: 0, message: '' }, false, false],
    [{ clean: true, message: 'container not running' }, false, false],
  ] as const)('is missing or not: %j', (exit, sawOutput, missing) => {
    expect(isMissingShell(exit, sawOutput)).toBe(missing);
  });
});
