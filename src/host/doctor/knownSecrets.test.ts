import { expect, it } from 'vitest';
import { redactText } from '../../kube/index';
import { secretStorage } from '../../testing/memoryMemento';
import { knownSecrets } from './knownSecrets';
import { redaction } from './redaction';

it('finds every secret that is kept, wherever it is kept, and takes it out of a bundle', async () => {
  const storage = secretStorage();
  const canary = (name: string): string => `canary-${name}-5d1c`;
  const kubeconfig = `apiVersion: v1\nusers:\n- user:\n    client-key-data: ${canary('kubeconfig-key-that-is-long')}\n`;
  await storage.store('kubeorch.secret:["uid","ns","shop","db","PASSWORD"]', canary('stored'));
  await storage.store(
    'kubeorch.signIn:added:x',
    JSON.stringify({ idToken: canary('id'), refreshToken: canary('refresh'), client: { issuer: 'https://issuer.example', clientSecret: canary('client') } }),
  );
  await storage.store(
    'kubeorch.cluster:x',
    JSON.stringify({ token: canary('token'), clientKeyData: canary('key'), oidcClientSecret: canary('oidc'), kubeconfig, oidcScopes: ['email'] }),
  );
  const secrets = await knownSecrets(storage, [canary('memory')]);
  const redact = redaction({ secrets, home: '', userName: '', hideHosts: false, redactText });
  const all = ['stored', 'id', 'refresh', 'client', 'token', 'key', 'oidc', 'kubeconfig-key-that-is-long', 'memory'].map(canary);
  const text = redact(JSON.stringify({ lines: all.map((one) => `it said ${one} again`), kubeconfig, issuer: 'https://issuer.example', scope: 'email' }));
  for (const one of all) expect(text).not.toContain(one);
  expect(text).not.toContain('canary');
  expect(text).toContain('https://issuer.example');
  expect(text).toContain('email');
});
