import { afterEach, describe, expect, it } from 'vitest';
import { settle, VirtualClock } from '../testing/virtualClock';
import { Channel, joinedTransports } from './channel';

interface Asked {
  quick: { params: { text: string }; result: string };
  person: { params: Record<string, never>; result: string };
}

const open: { dispose(): void }[] = [];
afterEach(() => open.splice(0).forEach((one) => one.dispose()));

function rig() {
  const clock = new VirtualClock();
  const [near, far] = joinedTransports();
  const answers = new Map<string, { give: (result: string) => void; signal: AbortSignal }>();
  const serve = (name: string, signal: AbortSignal): Promise<string> => new Promise((give) => answers.set(name, { give, signal }));
  const host = new Channel<object, object, Asked, object>({
    transport: far,
    serve: { quick: (_, signal) => serve('quick', signal), person: (_, signal) => serve('person', signal) },
    hear: {},
    onFault: () => undefined,
  });
  const page = new Channel<Asked, object, object, object>({
    transport: near,
    serve: {},
    hear: {},
    onFault: () => undefined,
    patience: {
      limitMs: (name) => (name === 'quick' ? 30_000 : undefined),
      after: (delayMs, callback) => clock.after(delayMs, callback),
      message: (limitMs) => `no answer within ${limitMs / 1000} s`,
    },
  });
  open.push(host, page);
  return { clock, page, answers };
}

describe('a request without an answer', () => {
  it('fails after its time with one sentence, and the other end is told to stop', async () => {
    const { clock, page, answers } = rig();
    const failed = page.request('quick', { text: 'a' }).catch((error: unknown) => error);
    await clock.advance(29_999);
    expect(answers.get('quick')?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(await failed).toMatchObject({ error: { code: 'failed', message: 'no answer within 30 s' } });
    await settle();
    expect(answers.get('quick')?.signal.aborted).toBe(true);
    // An answer that comes too late belongs to nobody.
    answers.get('quick')?.give('late');
    await settle();
  });

  it('leaves no timer behind when it is answered in time, cancelled, or its view is closed', async () => {
    const { clock, page, answers } = rig();
    const answered = page.request('quick', { text: 'a' });
    await settle();
    answers.get('quick')?.give('yes');
    expect(await answered).toBe('yes');
    const stop = new AbortController();
    const cancelled = page.request('quick', { text: 'b' }, stop.signal).catch((error: unknown) => error);
    stop.abort();
    expect(await cancelled).toMatchObject({ error: { code: 'cancelled' } });
    const closed = page.request('quick', { text: 'c' }).catch((error: unknown) => error);
    page.dispose();
    expect(await closed).toMatchObject({ error: { code: 'closed' } });
    expect(clock.waiting).toBe(0);
  });

  it('may take as long as a person does where a person is asked', async () => {
    const { clock, page, answers } = rig();
    const asked = page.request('person', {});
    await clock.advance(3_600_000);
    answers.get('person')?.give('at last');
    expect(await asked).toBe('at last');
  });
});
