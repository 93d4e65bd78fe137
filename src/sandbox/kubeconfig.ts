export const contextName = 'kubeorch-sandbox';

/** The kubeconfig of a sandbox, as YAML. It carries the token, so it is to be written with mode 0600 only. */
export function kubeconfigText(server: string, caPem: string, token: string): string {
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `- name: ${contextName}`,
    '  cluster:',
    `    server: ${server}`,
    `    certificate-authority-data: ${Buffer.from(caPem).toString('base64')}`,
    'users:',
    `- name: ${contextName}`,
    '  user:',
    `    token: ${token}`,
    'contexts:',
    `- name: ${contextName}`,
    '  context:',
    `    cluster: ${contextName}`,
    `    user: ${contextName}`,
    '    namespace: default',
    `current-context: ${contextName}`,
    'preferences: {}',
    '',
  ].join('\n');
}
