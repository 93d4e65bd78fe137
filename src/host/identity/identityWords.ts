import * as vscode from 'vscode';
import type { Identity } from '../../engine/ports';
import { expiryOf } from './whoAmI';

const methods: Readonly<Record<Identity['method'], () => string>> = {
  'client-certificate': () => vscode.l10n.t('client certificate'),
  token: () => vscode.l10n.t('token'),
  'token-file': () => vscode.l10n.t('token file'),
  basic: () => vscode.l10n.t('user name and password'),
  program: () => vscode.l10n.t('program'),
  oidc: () => vscode.l10n.t('OpenID Connect'),
  none: () => vscode.l10n.t('nothing (anonymous)'),
};

export function methodWords({ method, provider }: Pick<Identity, 'method' | 'provider'>): string {
  return provider === undefined || provider === '' ? methods[method]() : `${methods[method]()} (${provider})`;
}

/** One sentence about the end of the credentials; undefined when they do not say. */
export function expiryWords(identity: Pick<Identity, 'expiresAtMs'>, nowMs: number): string | undefined {
  const { expiresAtMs = 0 } = identity;
  const at = new Date(expiresAtMs).toLocaleString();
  switch (expiryOf(identity, nowMs)) {
    case 'none':
      return undefined;
    case 'later':
      return vscode.l10n.t('Credentials end {0}.', at);
    case 'soon':
      return vscode.l10n.t('Credentials end in {0} minutes, {1}.', Math.max(1, Math.ceil((expiresAtMs - nowMs) / 60_000)), at);
    case 'over':
      return vscode.l10n.t('Credentials ended {0}. They are renewed with the next request, or you are asked to sign in again.', at);
  }
}
