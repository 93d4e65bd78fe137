import { describe, expect, it } from 'vitest';
import type { ProgramRequest } from '../../kube/index';
import { memento } from '../../testing/memoryMemento';
import { VirtualClock } from '../../testing/virtualClock';
import { ProgramConsent } from './programConsent';
import type { ConsentAnswer } from './programConsent';

const program = (digest: string): ProgramRequest => ({
  context: 'prod',
  user: 'ana',
  source: '/home/ana/.kube/config',
  command: '/usr/bin/aws',
  path: '/usr/bin/aws',
  fileDigest: '',
  args: ['--token', 'canary-argument'],
  environment: ['AWS_PROFILE'],
  digest,
});

function consentWith(answers: ConsentAnswer[], options: { trusted?: () => boolean; state?: ReturnType<typeof memento> } = {}) {
  const asked: string[] = [];
  const state = options.state ?? memento();
  const consent = new ProgramConsent({
    state,
    isTrusted: options.trusted ?? (() => true),
    ask: async (request) => {
      asked.push(request.digest);
      return answers.shift() ?? 'no';
    },
    clock: new VirtualClock(),
  });
  return { consent, asked, state };
}

describe('consent to run programs', () => {
  it('asks once for a digest, however many want it at the same time, and keeps an "always" for the next window', async () => {
    const { consent, asked, state } = consentWith(['always']);
    expect(await Promise.all(Array.from({ length: 100 }, () => consent.allow(program('a'))))).toEqual(Array<boolean>(100).fill(true));
    expect(asked).toEqual(['a']);
    const next = consentWith([], { state });
    expect(await next.consent.allow(program('a'))).toBe(true);
    expect(next.asked).toEqual([]);
  });

  it('asks anew when anything that the digest covers has changed', async () => {
    const { consent, asked } = consentWith(['always', 'no']);
    expect(await consent.allow(program('before'))).toBe(true);
    expect(await consent.allow(program('after'))).toBe(false);
    expect(asked).toEqual(['before', 'after']);
  });

  it('forgets "once" with the window', async () => {
    const { consent, state } = consentWith(['once']);
    expect(await consent.allow(program('a'))).toBe(true);
    expect(consent.isAllowed(program('a'))).toBe(true);
    const next = consentWith(['no'], { state });
    expect(await next.consent.allow(program('a'))).toBe(false);
    expect(next.asked).toEqual(['a']);
  });

  it('never asks when it is asked quietly', () => {
    const { consent, asked } = consentWith(['always']);
    expect(consent.isAllowed(program('a'))).toBe(false);
    expect(asked).toEqual([]);
  });

  it('does not ask again after a no until the person chooses the target again', async () => {
    const { consent, asked } = consentWith(['no', 'once']);
    expect(await consent.allow(program('a'))).toBe(false);
    expect(await consent.allow(program('a'))).toBe(false);
    expect(asked).toEqual(['a']);
    consent.askAgain();
    expect(await consent.allow(program('a'))).toBe(true);
    expect(asked).toEqual(['a', 'a']);
  });

  it('runs nothing in an untrusted workspace, not even what was always allowed', async () => {
    let trusted = true;
    const { consent, asked } = consentWith(['always'], { trusted: () => trusted });
    expect(await consent.allow(program('a'))).toBe(true);
    trusted = false;
    expect(await consent.allow(program('a'))).toBe(false);
    expect(consent.isAllowed(program('a'))).toBe(false);
    expect(await consent.allow(program('b'))).toBe(false);
    expect(asked).toEqual(['a']);
  });

  it('takes back what is revoked, also an answer that is on its way', async () => {
    let answer: (value: ConsentAnswer) => void = () => undefined;
    const state = memento();
    const consent = new ProgramConsent({
      state,
      isTrusted: () => true,
      ask: () => new Promise((resolve) => (answer = resolve)),
      clock: new VirtualClock(),
    });
    const waiting = consent.allow(program('a'));
    await consent.revoke(['a']);
    answer('always');
    expect(await waiting).toBe(false);
    expect(consent.isAllowed(program('a'))).toBe(false);
    const second = consent.allow(program('a'));
    answer('always');
    expect(await second).toBe(true);
    expect(consent.list().map(({ digest }) => digest)).toEqual(['a']);
    await consent.revoke(['a']);
    expect(consent.isAllowed(program('a'))).toBe(false);
    expect(consent.list()).toEqual([]);
  });

  it('keeps no argument of a program', async () => {
    const { consent, state } = consentWith(['always']);
    await consent.allow(program('a'));
    expect(JSON.stringify(state.all())).toContain('/usr/bin/aws');
    expect(JSON.stringify(state.all())).not.toContain('canary-argument');
  });

  it('believes nothing that is no record of a program', () => {
    const { consent } = consentWith([], { state: memento({ allowedPrograms: ['a', { digest: 'a' }, null] }) });
    expect(consent.list()).toEqual([]);
  });
});
