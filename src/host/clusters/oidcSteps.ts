import * as vscode from 'vscode';
import type { AuthType, ClusterCredentials } from './clusterRecord';
import { pemFromInput } from './clusterRecord';
import type { Step } from './steps';
import { askText, back } from './steps';

interface OidcAnswers {
  readonly authType: AuthType;
  readonly credentials: { -readonly [Key in keyof ClusterCredentials]: ClusterCredentials[Key] };
}

/**
 * The questions about the issuer of a cluster that is signed in to by OpenID Connect.
 * @param wrongAuthority what is wrong with a certificate authority, or undefined
 */
export function oidcSteps<Answers extends OidcAnswers>(
  old: ClusterCredentials,
  keep: string,
  wrongAuthority: (pem: string) => string | undefined,
): readonly Step<Answers>[] {
  const when = ({ authType }: OidcAnswers): boolean => authType === 'oidc';
  const isHttps = (text: string): boolean => URL.canParse(text) && new URL(text).protocol === 'https:' && new URL(text).username === '';
  return [
    {
      when,
      ask: async (draft, place) => {
        const answer = await askText(
          {
            prompt: vscode.l10n.t('Address of the issuer (idp-issuer-url).'),
            value: draft.credentials.oidcIssuerUrl ?? old.oidcIssuerUrl ?? '',
            placeholder: 'https://login.example.com/realms/team',
            check: (text) => (isHttps(text.trim()) ? undefined : vscode.l10n.t('The issuer must be a URL that begins with https:// and holds no credentials.')),
          },
          place,
        );
        if (answer === back) return back;
        draft.credentials.oidcIssuerUrl = answer.trim();
        return undefined;
      },
    },
    {
      when,
      ask: async (draft, place) => {
        const answer = await askText(
          {
            prompt: vscode.l10n.t('Client id at the issuer (client-id).'),
            value: draft.credentials.oidcClientId ?? old.oidcClientId ?? '',
            check: (text) => (text.trim() === '' ? vscode.l10n.t('The client id is needed.') : undefined),
          },
          place,
        );
        if (answer === back) return back;
        draft.credentials.oidcClientId = answer.trim();
        return undefined;
      },
    },
    {
      when,
      ask: async (draft, place) => {
        const answer = await askText(
          {
            prompt: `${vscode.l10n.t('Client secret, when the issuer gave one (client-secret); else empty.')} ${old.oidcClientSecret === undefined ? '' : keep}`,
            secret: true,
          },
          place,
        );
        if (answer === back) return back;
        if (answer !== '') draft.credentials.oidcClientSecret = answer;
        return undefined;
      },
    },
    {
      when,
      ask: async (draft, place) => {
        const answer = await askText(
          {
            prompt: vscode.l10n.t('Further scopes beside openid, with spaces between (extra-scopes).'),
            value: (draft.credentials.oidcScopes ?? old.oidcScopes ?? ['offline_access']).join(' '),
          },
          place,
        );
        if (answer === back) return back;
        draft.credentials.oidcScopes = answer.split(/[\s,]+/).filter((scope) => scope !== '' && scope !== 'openid');
        return undefined;
      },
    },
    {
      when,
      ask: async (draft, place) => {
        const answer = await askText(
          {
            prompt: `${vscode.l10n.t("The issuer's certificate authority (idp-certificate-authority-data): PEM, or PEM in base64; empty for those that this system trusts.")} ${old.oidcCaData === undefined ? '' : keep}`,
            fromFile: true,
            check: (text) => (text.trim() === '' ? undefined : wrongAuthority(pemFromInput(text))),
          },
          place,
        );
        if (answer === back) return back;
        if (answer.trim() !== '') draft.credentials.oidcCaData = pemFromInput(answer);
        return undefined;
      },
    },
  ];
}
