import { beforeAll, describe, test } from 'vitest';
import { ensureCodeServer } from '../build/codeServer.mjs';
import { canTrace, openHostileWindow } from './hostileWindow';

describe.skipIf(!canTrace)(`sixty hostile folders${canTrace ? '' : ' (skipped: there is no strace)'}`, () => {
  beforeAll(() => ensureCodeServer(() => undefined));

  for (const trust of ['undecided', 'granted'] as const) {
    test(`that are ${trust === 'granted' ? 'trusted' : 'not trusted'}, every workflow opened`, () => openHostileWindow(trust, () => true));
  }
});
