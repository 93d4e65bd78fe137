import * as vscode from 'vscode';
import type { AddressedConnection, KubeContext } from '../../kube/index';
import type { Kube } from '../rooms';
import { failureWords, problemWords } from '../words';
import type { AuthType, ClusterCredentials, ClusterRecord } from './clusterRecord';
import { clusterNameFrom, headersFor, headersFrom, isClusterName, pemFromInput } from './clusterRecord';
import type { Answered, Step, StepPlace } from './steps';
import { oidcSteps } from './oidcSteps';
import { askChoice, askInSteps, askText, back, textOfFile } from './steps';
import { tellWarning } from '../messages';

/** How the certificate of a server is judged. */
type Verification = 'system' | 'authority' | 'none';

interface Draft {
  authType: AuthType;
  name: string;
  displayName: string;
  description: string;
  server: string;
  verification: Verification;
  tlsServerName: string;
  namespace: string;
  headers: Readonly<Record<string, string>>;
  contexts: readonly KubeContext[];
  /** What was typed now. When a cluster is edited, what is missing stays as it was. */
  credentials: { -readonly [Key in keyof ClusterCredentials]: ClusterCredentials[Key] };
}

/** What a series of questions came to. Without credentials the old ones stay. */
export interface WizardResult {
  readonly record: ClusterRecord;
  readonly credentials: ClusterCredentials;
  readonly hasNewCredentials: boolean;
}

interface WizardParts {
  readonly kube: Kube;
  readonly taken: ReadonlySet<string>;
  /** The cluster that is edited, with what the secret storage has of it. */
  readonly editing?: { readonly record: ClusterRecord; readonly credentials: ClusterCredentials };
}

/** Fields that only one way of signing in has; the others go when the way is changed. */
const fieldsOf: Readonly<Record<AuthType, readonly (keyof ClusterCredentials)[]>> = {
  kubeconfig: ['kubeconfig', 'context'],
  token: ['token', 'caData'],
  serviceaccount: ['token', 'caData'],
  certificate: ['clientCertData', 'clientKeyData', 'caData'],
  oidc: ['oidcIssuerUrl', 'oidcClientId', 'oidcClientSecret', 'oidcScopes', 'oidcCaData', 'caData'],
};

/**
 * Asks for everything that a cluster needs, or, with `editing`, for what shall be different. Nothing is stored and nothing is
 * asked of the cluster.
 * @throws CancellationError when the person gives up
 */
export async function askForCluster(parts: WizardParts): Promise<WizardResult> {
  const before = parts.editing;
  const old = before?.credentials ?? {};
  const draft: Draft = {
    authType: before?.record.authType ?? 'kubeconfig',
    name: before?.record.id ?? '',
    displayName: before?.record.displayName ?? '',
    description: before?.record.description ?? '',
    server: before?.record.server ?? '',
    verification: before?.record.insecure === true ? 'none' : old.caData === undefined ? 'system' : 'authority',
    tlsServerName: before?.record.tlsServerName ?? '',
    namespace: before?.record.namespace ?? '',
    headers: before?.record.headers ?? {},
    contexts: [],
    credentials: {},
  };
  const title = before === undefined ? vscode.l10n.t('Add Cluster') : vscode.l10n.t('Edit Cluster {0}', before.record.displayName);
  await askInSteps(title, stepsFor(parts), draft);

  const isSameWay = before?.record.authType === draft.authType;
  const fields = new Set(fieldsOf[draft.authType]);
  const entries = Object.entries({ ...(isSameWay ? old : {}), ...draft.credentials }).filter(([key]) => fields.has(key as keyof ClusterCredentials));
  const credentials: ClusterCredentials = Object.fromEntries(
    entries.filter(([key, value]) => value !== undefined && value !== '' && !(key === 'caData' && draft.verification !== 'authority')),
  );
  const base = before?.record ?? { singleNode: false, labels: {}, annotations: {} };
  const { namespace: _namespace, tlsServerName: _tlsServerName, metadata: _metadata, lastCheckMs: _lastCheckMs, ...kept } = base as Partial<ClusterRecord>;
  const record: ClusterRecord = {
    singleNode: false,
    labels: {},
    annotations: {},
    ...kept,
    id: draft.name,
    name: draft.name,
    displayName: draft.displayName === '' ? draft.name : draft.displayName,
    description: draft.description,
    server: draft.server.replace(/\/+$/, ''),
    authType: draft.authType,
    status: 'unknown',
    insecure: draft.verification === 'none',
    // A pasted kubeconfig says it itself, and without a check there is nothing to compare.
    ...(draft.authType === 'kubeconfig' || draft.verification === 'none' || draft.tlsServerName === '' ? {} : { tlsServerName: draft.tlsServerName }),
    ...(draft.namespace === '' ? {} : { namespace: draft.namespace }),
    headers: { ...headersFor(draft.server), ...draft.headers },
  };
  return { record, credentials, hasNewCredentials: before === undefined || JSON.stringify(credentials) !== JSON.stringify(old) };
}

function stepsFor({ kube, taken, editing }: WizardParts): readonly Step<Draft>[] {
  const isAddress = ({ authType }: Draft): boolean => authType !== 'kubeconfig';
  const keep = editing === undefined ? '' : vscode.l10n.t('Leave it empty to keep the present one.');
  /** The problem that kube finds in one field of an address, in words. */
  const wrongIn = (field: string, part: Partial<AddressedConnection>): string | undefined => {
    const connection: AddressedConnection = {
      type: 'address',
      label: '',
      server: 'https://cluster.invalid',
      credentials: { type: 'token', token: 'token' },
      ...part,
    };
    const problem = kube.checkConnection(connection).find(({ path }) => path?.[0] === field);
    return problem === undefined ? undefined : problemWords(problem);
  };
  /** Asks for a text and keeps it. An empty answer means the old one when there is one. */
  const text =
    (prompt: string, keepIt: (draft: Draft, answer: string) => void, more: (draft: Draft) => Partial<Omit<Parameters<typeof askText>[0], 'prompt'>>) =>
    async (draft: Draft, place: StepPlace): Promise<Answered> => {
      const answer = await askText({ prompt, ...more(draft) }, place);
      if (answer === back) return back;
      keepIt(draft, answer);
      return undefined;
    };
  const isKept = (draft: Draft, answer: string): boolean => answer === '' && editing?.record.authType === draft.authType;

  return [
    {
      ask: async (draft, place) => {
        const ways = waysToConnect();
        const chosen = await askChoice(
          ways,
          place,
          vscode.l10n.t('How do you sign in to the cluster?'),
          ways.find(({ way }) => way === draft.authType),
        );
        if (chosen === back) return back;
        draft.authType = chosen.way;
        return undefined;
      },
    },
    { when: ({ authType }) => authType === 'kubeconfig', ask: (draft, place) => askKubeconfig(kube, editing !== undefined, draft, place) },
    {
      when: ({ authType, contexts }) => authType === 'kubeconfig' && contexts.length > 1,
      ask: async (draft, place) => {
        const items = draft.contexts.map((context) => ({
          label: context.name,
          description: context.current ? vscode.l10n.t('current') : '',
          detail: `${context.server} · ${context.namespace}`,
          context,
        }));
        const chosen = await askChoice(
          items,
          place,
          vscode.l10n.t('Which context?'),
          items.find(({ context }) => context.current),
        );
        if (chosen === back) return back;
        draft.credentials.context = chosen.context.name;
        draft.server = chosen.context.server;
        return undefined;
      },
    },
    {
      when: isAddress,
      ask: text(
        vscode.l10n.t('Address of the API server, as it stands in a kubeconfig.'),
        (draft, answer) => (draft.server = answer.trim()),
        (draft) => ({ value: draft.server, placeholder: 'https://api.example.com:6443', check: (answer) => wrongIn('server', { server: answer.trim() }) }),
      ),
    },
    {
      when: () => editing === undefined,
      ask: text(
        vscode.l10n.t('A name for the cluster: lower-case letters, digits and "-". It is used in settings and environments and stays.'),
        (draft, answer) => (draft.name = answer.trim()),
        (draft) => ({
          value: draft.name === '' ? clusterNameFrom(draft.credentials.context ?? draft.server, taken) : draft.name,
          check: (answer) =>
            !isClusterName(answer.trim())
              ? vscode.l10n.t('Use lower-case letters, digits and "-", at most 63, beginning and ending with a letter or digit.')
              : taken.has(answer.trim())
                ? vscode.l10n.t('There is a cluster of this name already.')
                : undefined,
        }),
      ),
    },
    {
      when: () => editing !== undefined,
      ask: text(
        vscode.l10n.t('What the cluster is called in views.'),
        (draft, answer) => (draft.displayName = answer.trim()),
        (draft) => ({ value: draft.displayName }),
      ),
    },
    {
      when: () => editing !== undefined,
      ask: text(
        vscode.l10n.t('A description for the tooltip; it may stay empty.'),
        (draft, answer) => (draft.description = answer.trim().slice(0, 500)),
        (draft) => ({ value: draft.description }),
      ),
    },
    {
      when: ({ authType }) => authType === 'token' || authType === 'serviceaccount',
      ask: async (draft, place) =>
        text(
          `${draft.authType === 'token' ? vscode.l10n.t('Bearer token.') : vscode.l10n.t('Token of the service account ("kubectl create token NAME").')} ${keep}`,
          (_, answer) => {
            if (!isKept(draft, answer)) draft.credentials.token = answer.trim();
          },
          () => ({
            secret: true,
            fromFile: true,
            check: (answer) => (isKept(draft, answer) ? undefined : wrongIn('token', { credentials: { type: 'token', token: answer.trim() } })),
          }),
        )(draft, place),
    },
    {
      when: ({ authType }) => authType === 'certificate',
      ask: text(
        `${vscode.l10n.t('Client certificate: PEM, or PEM in base64.')} ${keep}`,
        (draft, answer) => {
          if (!isKept(draft, answer)) draft.credentials.clientCertData = pemFromInput(answer);
        },
        (draft) => ({
          fromFile: true,
          check: (answer) =>
            isKept(draft, answer)
              ? undefined
              : wrongIn('certificate', { credentials: { type: 'clientCertificate', certificate: pemFromInput(answer), key: '' } }),
        }),
      ),
    },
    {
      when: ({ authType, credentials }) =>
        authType === 'certificate' && (editing?.record.authType !== 'certificate' || credentials.clientCertData !== undefined),
      ask: text(
        vscode.l10n.t('Key of the client certificate: PEM, or PEM in base64.'),
        (draft, answer) => (draft.credentials.clientKeyData = pemFromInput(answer)),
        (draft) => ({
          secret: true,
          fromFile: true,
          check: (answer) =>
            wrongIn('key', { credentials: { type: 'clientCertificate', certificate: draft.credentials.clientCertData ?? '', key: pemFromInput(answer) } }),
        }),
      ),
    },
    ...oidcSteps<Draft>(editing?.credentials ?? {}, keep, (pem) => wrongIn('ca', { ca: pem })),
    { when: isAddress, ask: askVerification },
    {
      when: (draft) => isAddress(draft) && draft.verification === 'authority',
      ask: text(
        `${vscode.l10n.t("The cluster's certificate authority: PEM, or PEM in base64.")} ${editing?.credentials.caData === undefined ? '' : keep}`,
        (draft, answer) => {
          if (answer !== '' || editing?.credentials.caData === undefined) draft.credentials.caData = pemFromInput(answer);
        },
        () => ({
          fromFile: true,
          check: (answer) =>
            answer.trim() === ''
              ? editing?.credentials.caData === undefined
                ? vscode.l10n.t('Give the certificate, or go back and choose another way to check the server.')
                : undefined
              : wrongIn('ca', { ca: pemFromInput(answer) }),
        }),
      ),
    },
    {
      when: (draft) => editing !== undefined && isAddress(draft) && draft.verification !== 'none',
      ask: text(
        vscode.l10n.t("Name in the server's certificate, where it is another than the address's (tls-server-name); empty for the address's."),
        (draft, answer) => (draft.tlsServerName = answer.trim()),
        (draft) => ({
          value: draft.tlsServerName,
          placeholder: 'api.internal.example.com',
          check: (answer) => wrongIn('tlsServerName', { tlsServerName: answer.trim() }),
        }),
      ),
    },
    {
      ask: text(
        vscode.l10n.t('Namespace for what names none itself; empty for "default".'),
        (draft, answer) => (draft.namespace = answer.trim()),
        (draft) => ({ value: draft.namespace, placeholder: 'default', check: (answer) => wrongIn('namespace', { namespace: answer.trim() }) }),
      ),
    },
    {
      when: () => editing !== undefined,
      ask: text(
        vscode.l10n.t('Extra headers for what stands before the cluster, as "name: value; name: value". Never credentials.'),
        (draft, answer) => {
          const read = headersFrom(answer);
          if ('headers' in read) draft.headers = read.headers;
        },
        (draft) => ({
          value: Object.entries(draft.headers)
            .map(([name, value]) => `${name}: ${value}`)
            .join('; '),
          placeholder: 'ngrok-skip-browser-warning: true',
          check: (answer) => {
            const read = headersFrom(answer);
            if ('headers' in read) return undefined;
            return read.why === 'reserved'
              ? vscode.l10n.t('"{0}" may not be set: it signs in, acts as somebody, or belongs to the connection itself.', read.refused)
              : vscode.l10n.t('"{0}" is no header of the form "name: value".', read.refused);
          },
        }),
      ),
    },
  ];
}

function waysToConnect(): readonly (vscode.QuickPickItem & { readonly way: AuthType })[] {
  return [
    {
      way: 'kubeconfig',
      label: `$(file-code) ${vscode.l10n.t('Kubeconfig')}`,
      detail: vscode.l10n.t('A text that holds everything: "kubectl config view --flatten --minify".'),
    },
    { way: 'token', label: `$(key) ${vscode.l10n.t('Bearer Token')}`, detail: vscode.l10n.t('An address and a token.') },
    { way: 'certificate', label: `$(verified) ${vscode.l10n.t('Client Certificate')}`, detail: vscode.l10n.t('An address, a certificate and its key.') },
    { way: 'serviceaccount', label: `$(account) ${vscode.l10n.t('Service Account')}`, detail: vscode.l10n.t('An address and the token of a service account.') },
    { way: 'oidc', label: `$(globe) ${vscode.l10n.t('OpenID Connect')}`, detail: vscode.l10n.t('An address and an issuer; you sign in in the browser.') },
  ];
}

/** A box of one line would glue the lines of a kubeconfig together, so it comes from the clipboard or from a file. */
async function askKubeconfig(kube: Kube, mayKeep: boolean, draft: Draft, place: StepPlace): Promise<Answered> {
  const clipboard = { label: `$(clippy) ${vscode.l10n.t('From the Clipboard')}`, detail: vscode.l10n.t('Copy the text first, then choose this.') };
  const file = {
    label: `$(folder-opened) ${vscode.l10n.t('From a File')}`,
    detail: vscode.l10n.t('Its present text is kept in the secret storage; the file is not followed.'),
  };
  const kept = { label: `$(lock) ${vscode.l10n.t('Keep the Present One')}`, detail: '' };
  let complaint = vscode.l10n.t('Where is the kubeconfig?');
  for (;;) {
    const chosen = await askChoice(mayKeep ? [kept, clipboard, file] : [clipboard, file], place, complaint);
    if (chosen === back) return back;
    if (chosen === kept) return undefined;
    const found = chosen === clipboard ? await vscode.env.clipboard.readText() : await textOfFile();
    if (found === undefined) continue;
    try {
      const contexts = await kube.contextsOf({ text: found });
      const current = contexts.find((context) => context.current) ?? contexts[0];
      if (current === undefined) throw new Error(vscode.l10n.t('It has no context.'));
      // Whether one cluster of it or another is not checked makes no difference to the question.
      const isUnchecked = /insecure-skip-tls-verify["']?\s*:\s*["']?(true|yes|on)\b/i.test(found);
      if (isUnchecked && !(await acceptsInsecure(current.server))) continue;
      draft.verification = isUnchecked ? 'none' : 'system';
      draft.contexts = contexts;
      draft.server = current.server;
      draft.credentials.kubeconfig = found;
      draft.credentials.context = current.name;
      return undefined;
    } catch (error) {
      complaint = failureWords(error);
    }
  }
}

async function askVerification(draft: Draft, place: StepPlace): Promise<Answered> {
  const items: (vscode.QuickPickItem & { way: Verification })[] = [
    {
      way: 'authority',
      label: `$(verified) ${vscode.l10n.t("The Cluster's Own Authority")}`,
      detail: vscode.l10n.t('Give its certificate; most clusters need this.'),
    },
    { way: 'system', label: `$(globe) ${vscode.l10n.t('Public Authorities')}`, detail: vscode.l10n.t("The server's certificate is one that browsers trust.") },
    {
      way: 'none',
      label: `$(warning) ${vscode.l10n.t('Do Not Check')}`,
      detail: vscode.l10n.t('Anybody on the way could read your credentials. Never for protected environments.'),
    },
  ];
  for (;;) {
    const chosen = await askChoice(
      items,
      place,
      vscode.l10n.t("Who vouches for the server's certificate?"),
      items.find(({ way }) => way === draft.verification),
    );
    if (chosen === back) return back;
    if (chosen.way === 'none' && !(await acceptsInsecure(draft.server))) continue;
    draft.verification = chosen.way;
    return undefined;
  }
}

async function acceptsInsecure(server: string): Promise<boolean> {
  if (!vscode.workspace.isTrusted) return false;
  const accept = vscode.l10n.t('Connect Unchecked');
  const picked = await tellWarning(
    vscode.l10n.t('The certificate of {0} will not be checked.', server),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Anybody between you and the cluster can take its place, read your credentials and act with them. Protected environments refuse such a cluster.',
      ),
    },
    accept,
  );
  return picked === accept;
}
