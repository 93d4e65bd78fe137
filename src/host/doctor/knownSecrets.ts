import type * as vscode from 'vscode';

/** Keys of what is kept in SecretStorage whose values are secret; the others (an issuer, a client's id) are ordinary words. */
const secretKeys = /^(?:idToken|refreshToken|token|kubeconfig|clientKeyData|clientCertData|clientSecret|oidcClientSecret|password)$/;
const jsonPrefixes = ['kubeorch.signIn:', 'kubeorch.cluster:'];

/** Everything secret that KubeOrch holds now, for taking it out of texts. */
export async function knownSecrets(storage: Pick<vscode.SecretStorage, 'get' | 'keys'>, inMemory: readonly string[]): Promise<readonly string[]> {
  const found = new Set(inMemory);
  for (const name of await storage.keys()) {
    const text = (await storage.get(name)) ?? '';
    if (!jsonPrefixes.some((prefix) => name.startsWith(prefix))) found.add(text);
    else {
      try {
        JSON.parse(text, (key, value: unknown) => {
          if (typeof value === 'string' && secretKeys.test(key)) found.add(value);
          return value;
        });
      } catch {
        // What is damaged cannot be taken apart: all of it is secret.
        found.add(text);
      }
    }
  }
  // A kubeconfig is quoted in parts rather than whole: its long lines are looked for too.
  for (const text of [...found])
    if (text.includes('\n')) for (const line of text.split('\n')) if (line.length >= 24) found.add(line.trim().replace(/^[\w-]+:\s*/, ''));
  return [...found].filter((text) => text !== '');
}
