import { expect, test } from 'vitest';
import type { DiagnosisCode } from './diagnosis';
import { diagnosisSentences, remedyOf, suggestionSentences } from './diagnosis';

const codes = Object.keys(diagnosisSentences) as readonly DiagnosisCode[];

test('every advice to deploy or to look at logs comes with the way there', () => {
  for (const code of codes) {
    const advice = suggestionSentences[code] ?? '';
    const remedy = remedyOf({ code, status: 'error' });
    // "Deploy that Service, or …" and "Look at the logs of …" say what is done here; metrics and provisioners are looked at elsewhere.
    if (/\bdeploy\b/i.test(advice)) expect([code, remedy]).toEqual([code, 'deploy']);
    else if (/\blogs\b|readiness of the pods/.test(advice)) expect([code, remedy]).toEqual([code, 'logs']);
    else expect([code, remedy]).toEqual([code, undefined]);
  }
});

test('what holds asks for nothing, and what the file says otherwise is deployed', () => {
  expect(remedyOf({ code: 'ready.none', status: 'pass' })).toBeUndefined();
  expect(remedyOf({ code: 'port.unnamed', status: 'error', isDrift: true })).toBe('deploy');
});
