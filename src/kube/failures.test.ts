import { describe, expect, test } from 'vitest';
import { failureOfAnswer, failureOfConnection, retryAfterMsOf } from './failures';
import { sensitiveIn } from './objects';

const write = { writes: true };
const read = { writes: false };
const status = (code: number, reason: string, message: string, causes: readonly object[] = []): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details: { causes } });

describe('answers of an API server', () => {
  test('a conflict names every owner with its field', () => {
    const body = status(409, 'Conflict', 'Apply failed with 2 conflicts', [
      {
        reason: 'FieldManagerConflict',
        field: '.spec.replicas',
        message: 'conflict with "kube-controller-manager" with subresource "scale" using apps/v1 at 2026-01-01T00:00:00Z',
      },
      {
        reason: 'FieldManagerConflict',
        field: '.spec.template.spec.containers[name="web"].image',
        message: 'conflict with "a \\"quoted\\" name" using apps/v1',
      },
    ]);
    const { failure } = failureOfAnswer(409, body, undefined, write);
    expect(failure.kind).toBe('conflict');
    expect(failure.conflicts.map(({ field, manager }) => [field, manager])).toEqual([
      ['.spec.replicas', 'kube-controller-manager'],
      ['.spec.template.spec.containers[name="web"].image', 'a "quoted" name'],
    ]);
  });

  test.each([
    [400, 'BadRequest', 'invalid', false],
    [401, 'Unauthorized', 'unauthorized', false],
    [403, 'Forbidden', 'forbidden', false],
    [404, 'NotFound', 'not-found', false],
    [409, 'AlreadyExists', 'exists', false],
    [409, 'Conflict', 'conflict', false],
    [410, 'Expired', 'gone', false],
    [422, 'Invalid', 'invalid', false],
    [429, 'TooManyRequests', 'too-many-requests', false],
    [500, 'InternalError', 'other', true],
    [503, 'ServiceUnavailable', 'unavailable', false],
    [504, 'Timeout', 'timeout', true],
  ])('%i %s is %s; a write behind it is uncertain: %s', (code, reason, kind, uncertain) => {
    expect(failureOfAnswer(code, status(code, reason, 'x'), undefined, write).failure).toMatchObject({ kind, code, reason, uncertain });
    expect(failureOfAnswer(code, status(code, reason, 'x'), undefined, read).failure.uncertain).toBe(false);
  });

  test('a gateway that is no API server leaves a write uncertain and is quoted without its escapes', () => {
    const { failure } = failureOfAnswer(502, '<h1>\u001b[31mBad Gateway</h1>', undefined, write);
    expect(failure).toMatchObject({ kind: 'unavailable', uncertain: true, message: '<h1>Bad Gateway</h1>' });
  });

  test('Retry-After is read as seconds and as a date, from the header before the body', () => {
    expect(retryAfterMsOf('7', 0)).toBe(7_000);
    expect(retryAfterMsOf('Thu, 01 Jan 1970 00:00:05 GMT', 1_000)).toBe(4_000);
    expect(retryAfterMsOf('soon', 0)).toBeUndefined();
    const body = JSON.stringify({ kind: 'Status', code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 3 } });
    expect(failureOfAnswer(429, body, undefined, read).failure.retryAfterMs).toBe(3_000);
    expect(failureOfAnswer(429, body, 1_000, read).failure.retryAfterMs).toBe(1_000);
  });

  test('a refused Secret shows neither its values nor their base64', () => {
    const value = 'correct horse battery';
    const base64 = Buffer.from(value).toString('base64');
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, data: { pw: base64 }, stringData: { pin: '1234' } };
    const message = `Secret "db" is invalid: data[pw]: Invalid value: "${value}": no; error found in #10 byte of ...|"pw":"${base64}"|..., bigger context ...|{"pin":"1234"}|...`;
    const { failure } = failureOfAnswer(
      422,
      status(422, 'Invalid', message, [{ reason: 'FieldValueInvalid', field: 'data[pw]', message: `Invalid value: "${value}"` }]),
      undefined,
      { ...write, ...sensitiveIn(secret) },
    );
    const told = JSON.stringify(failure);
    for (const form of [value, base64, '1234']) expect(told).not.toContain(form);
    expect(failure.message).toContain('Secret "db" is invalid');
  });

  test('a server that puts the value into the path of a field, or into a reason, is not quoted with it', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, data: { PASSWORD: 'aHVudGVyMiIg' } };
    const echo = JSON.stringify(secret);
    const { failure } = failureOfAnswer(
      422,
      status(422, `Invalid ${echo}`, echo, [{ reason: 'hunter2" ', field: `data.${echo} "hunter2\\" "`, message: echo }]),
      undefined,
      { writes: true, ...sensitiveIn(secret) },
    );
    expect(JSON.stringify(failure)).not.toMatch(/hunter2|aHVudGVyMiIg/);
    expect(failure.causes[0]?.field).toContain('data.');
  });
});

describe('connections that fail', () => {
  const error = (code: string): Error => Object.assign(new Error(`something ${code}`), { code });

  test.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'])(
    '%s comes before anything was sent',
    (code) => {
      expect(failureOfConnection(error(code), 'host:1', write).failure).toMatchObject({ kind: 'unreachable', code: 0, uncertain: false });
    },
  );

  test.each(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'SOMETHING_NEW'])('after %s a write may have happened', (code) => {
    expect(failureOfConnection(error(code), 'host:1', write).failure).toMatchObject({ kind: 'unreachable', uncertain: true });
    expect(failureOfConnection(error(code), 'host:1', read).failure.uncertain).toBe(false);
  });
});
