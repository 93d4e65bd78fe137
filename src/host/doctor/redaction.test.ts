import { describe, expect, it } from 'vitest';
import { redactText } from '../../kube/index';
import { redaction } from './redaction';
import { about, reportText } from './report';

const canary = 'canary-7f3a91';
const redact = (text: string, hideHosts = false): string =>
  redaction({ secrets: [canary, 'pässwörd "quoted"', 'abc'], home: '/home/ana', userName: 'ana', hideHosts, redactText })(text);

describe('what leaves the machine', () => {
  it.each([
    ['plain', canary],
    ['base64', Buffer.from(canary).toString('base64')],
    ['base64url', Buffer.from(canary).toString('base64url')],
    ['hexadecimal', Buffer.from(canary).toString('hex')],
    ['in a URL', encodeURIComponent('pässwörd "quoted"')],
    ['in JSON', JSON.stringify({ value: 'pässwörd "quoted"' })],
  ])('holds no known secret (%s)', (_name, text) => {
    const done = redact(`before ${text} after`);
    expect(done).toContain('[hidden]');
    expect(done).not.toContain(text);
    expect(done.startsWith('before ')).toBe(true);
  });

  const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKCAQ\n-----END RSA PRIVATE KEY-----';
  it.each([
    ['a bearer token', 'authorization: Bearer sha256~unknown-token', 'unknown-token'],
    ['basic credentials', 'Authorization: Basic dXNlcjp3b3Jk', 'dXNlcjp3b3Jk'],
    ['a JSON Web Token', 'got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln', 'eyJzdWIiOiJ4In0'],
    ['a key', key, 'IBAAKCAQ'],
    ['a key whose end is missing', '-----BEGIN PRIVATE KEY-----\nMIIEow', 'MIIEow'],
    ['a password that is named', 'password=hunter22', 'hunter22'],
    ['a password in JSON', '{"dbPassword": "hunter \\" 22", "a": 1}', 'hunter'],
    ['a password in YAML', 'client-key-data: TUlJRW93', 'TUlJRW93'],
    ['a password in a URL', 'https://user:hunter22@proxy.example:3128', 'hunter22'],
    ['a cloud key', 'AWS AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
    ['a forge token', 'ghp_0123456789abcdefghijABCDEFGHIJ', '0123456789abcdefghij'],
  ])('holds nothing that looks like %s', (_name, text, secret) => {
    expect(text).toContain(secret);
    expect(redact(text)).not.toContain(secret);
  });

  it.each(['by-token', 'prod-secret', 'db-password', 'team.credentials', 'api-key', 'authorization', 'x_access-key'])(
    'keeps what a report says of something called %s, and takes a secret out of it',
    (name) => {
      const said = 'https://prod.example:6443, default';
      const report = reportText('Doctor', [{ title: 'Clusters', findings: [{ verdict: 'good', text: about(name, said) }] }]);
      expect(redact(report)).toBe(report);
      expect(redact(JSON.stringify(report.split('\n'), undefined, 2))).toContain(about(name, said));
      expect(redact(about(name, `refused: token=hunter22 ${canary} https://user:hunter22@prod.example`))).toBe(
        about(name, 'refused: token=[hidden] [hidden] https://[hidden]@prod.example'),
      );
      expect(redact(`${name}: hunter22`)).toBe(`${name}: [hidden]`);
    },
  );

  it.each(['team-token:prod', 'registry.example/shop/api-secret:1.4.2', 'image aws-credentials:v2, pulled', 'deploy/my-api-key:latest'])(
    'keeps the name of an image or of anything else that only ends like a secret: %s',
    (text) => expect(redact(text)).toBe(text),
  );

  it.each(['token:prod', 'db-password:prod', 'team-token: prod', 'team-token=prod', 'team-token:Hunter22', 'team-token:hunter22-x', 'my-secret:0123456789'])(
    'takes out what may be a value all the same: %s',
    (text) => expect(redact(text)).toMatch(/^[\w-]+[:=] ?\[hidden\]$/),
  );

  it('does not tell who somebody is', () => {
    expect(redact('/home/ana/.kube/config and /home/ben/x, C:\\Users\\ben\\y, ana on host')).toBe(
      '~/.kube/config and /home/[user]/x, C:\\Users\\[user]\\y, [user] on host',
    );
    expect(redact('banana')).toBe('banana');
  });

  it('tells servers apart without naming them, when hosts are to be hidden', () => {
    const text = 'https://prod.example:6443/api https://prod.example:6443 https://other.example https://127.0.0.1:1';
    expect(redact(text)).toBe(text);
    const [a, b, c, d] = redact(text, true).split(' ');
    expect(a).toBe(`${b}/api`);
    expect(b).not.toBe(c);
    expect(d).toBe('https://127.0.0.1:1');
    expect(redact(text, true)).not.toContain('example');
  });

  it('leaves everything else as it is', () => {
    const text = 'Node 24.15, 3 contexts, PATH=/usr/bin:/bin, kubectl /usr/bin/kubectl, 4 objects applied (abc)';
    expect(redact(text)).toBe(text);
  });
});
