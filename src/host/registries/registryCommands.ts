import * as vscode from 'vscode';
import type { Clock } from '../../engine/ports';
import { serviceAccountLogin } from '../../node/registries/registryClient';
import { regionPattern } from '../../node/registries/ecrLogin';
import { imageReference, registryTypeOfHost } from '../../shared/imageReference';
import type { RegistryType } from '../../shared/imageReference';
import { failure, problemText, ProblemError } from '../../shared/problem';
import type { Registry } from '../../shared/registry';
import { fixedHostOf, registryName, registryNeeds, shownRegistry } from '../../shared/registry';
import type { Step } from '../clusters/steps';
import { askInSteps, askText, back } from '../clusters/steps';
import type { Command, CommandTable } from '../commands/commands';
import { tellInformation, tellWarning } from '../messages';
import type { Registries } from './registries';
import { registryClient } from './registryClient';
import { statusIcons, statusWords } from './statusWords';

interface Answers {
  type: RegistryType;
  host: string;
  name: string;
  user: string;
  secret: string;
  region: string;
}

const testMs = 10_000;

/** Adds, tests, changes and removes registries, by questions. */
export function registryCommands({ registries, clock }: { readonly registries: Registries; readonly clock: Clock }): CommandTable {
  const pick = async (title: string, placeHolder: string): Promise<Registry | undefined> => {
    const all = registries.list();
    if (all.length === 0) throw new Error(vscode.l10n.t('There is no registry yet. Add one with "Add Registry…".'));
    const items = all.map((registry) => ({
      label: registry.name,
      description: `${shownRegistry(registry)}${registry.isDefault ? ` · ${vscode.l10n.t('default')}` : ''}`,
      detail: statusWords()[registries.statusOf(registry.name)],
      iconPath: new vscode.ThemeIcon(statusIcons[registries.statusOf(registry.name)]),
      registry,
    }));
    return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true }))?.registry;
  };

  const test = async (registry: Registry): Promise<void> => {
    const client = await registryClient();
    const signal = AbortSignal.timeout(testMs);
    try {
      const found = await client.check(registry.host, await registries.login(registry, clock.now(), signal), signal);
      registries.noteStatus(registry.name, 'connected');
      const open = vscode.l10n.t('{0} answers, and asks for no sign-in.', registry.name);
      void tellInformation(found === 'open' ? open : vscode.l10n.t('{0} took the sign-in.', registry.name));
    } catch (error) {
      const away = error instanceof ProblemError && error.problem.code === 'registry.unreachable';
      registries.noteStatus(registry.name, away ? 'disconnected' : 'error');
      if (signal.aborted) throw failure('registry.unreachable', { host: registry.host, detail: `no answer within ${testMs / 1000} s` });
      throw error;
    }
  };

  const onPicked =
    (title: string, placeHolder: string, act: (registry: Registry) => Promise<void>): Command =>
    async (subject) => {
      const registry = subject?.type === 'registry' ? registryNamed(registries, subject.name) : await pick(title, placeHolder);
      if (registry !== undefined) await act(registry);
    };

  return {
    addRegistry: async () => {
      const answers = await askInSteps(vscode.l10n.t('Add Registry'), stepsOf(registries), {
        type: 'custom',
        host: '',
        name: '',
        user: '',
        secret: '',
        region: '',
      });
      const { type, host, name, user, secret, region } = answers;
      await registries.add({ name, type, host: fixedHostOf(type) ?? host, user, ...(region === '' ? {} : { region }) }, secret);
      // The registry stays also when it does not answer now: the message says what to look at.
      await test(registryNamed(registries, name));
    },
    editRegistry: onPicked(vscode.l10n.t('Edit Registry'), vscode.l10n.t('Which one shall be changed?'), async (before) => {
      const { type, name } = before;
      const known = { type, host: before.host, name, user: before.user, secret: '', region: before.region ?? '' };
      const { host, user, secret, region } = await askInSteps(vscode.l10n.t('Edit Registry'), stepsOf(registries, before), known);
      await registries.update({ name, type, host: fixedHostOf(type) ?? host, user, ...(region === '' ? {} : { region }) }, secret === '' ? undefined : secret);
      await test(registryNamed(registries, name));
    }),
    testRegistry: onPicked(vscode.l10n.t('Test Registry'), vscode.l10n.t('Which one shall be signed in to?'), test),
    setDefaultRegistry: onPicked(vscode.l10n.t('Set Default Registry'), vscode.l10n.t('Which one is asked first among those of its type?'), async ({ name }) =>
      registries.setDefault(name),
    ),
    removeRegistry: onPicked(vscode.l10n.t('Remove Registry'), vscode.l10n.t('Which one?'), async ({ name }) => {
      const remove = vscode.l10n.t('Remove');
      const detail = vscode.l10n.t('What signs in is forgotten. Pull secrets on clusters stay.');
      if ((await tellWarning(vscode.l10n.t('Remove registry {0}?', name), { modal: true, detail }, remove)) === remove) await registries.remove(name);
    }),
  };
}

function registryNamed(registries: Registries, name: string): Registry {
  const found = registries.find(name);
  if (found === undefined) throw failure('registry.unknown', { name });
  return found;
}

function typeWords(): Readonly<Record<RegistryType, string>> {
  return {
    dockerhub: 'Docker Hub',
    ghcr: 'GitHub Container Registry',
    ecr: 'Amazon ECR',
    gcr: 'Google Artifact Registry, Container Registry',
    acr: 'Azure Container Registry',
    custom: vscode.l10n.t('Another registry'),
  };
}

/** Of one that is changed, type and name stay: pull secrets carry its name. */
function stepsOf(registries: Registries, changed?: Registry): readonly Step<Answers>[] {
  const needed = (value: string): string | undefined => (value.trim() === '' ? vscode.l10n.t('It cannot be empty.') : undefined);
  const userWords = { user: vscode.l10n.t('User'), clientId: vscode.l10n.t('Client id'), accessKey: vscode.l10n.t('Access key id') } as const;
  const secretWords = {
    password: vscode.l10n.t('Password or access token'),
    clientSecret: vscode.l10n.t('Client secret'),
    secretKey: vscode.l10n.t('Secret access key'),
    serviceAccountJson: vscode.l10n.t("The service account's key, as its JSON file"),
  } as const;
  return [
    {
      when: () => changed === undefined,
      ask: async (answers, place) => {
        const items = Object.entries(typeWords()).map(([type, label]) => ({ label, type: type as RegistryType }));
        const picked = await vscode.window.showQuickPick(items, { title: place.title, placeHolder: vscode.l10n.t('Which registry?'), ignoreFocusOut: true });
        if (picked === undefined) throw new vscode.CancellationError();
        answers.type = picked.type;
        return undefined;
      },
    },
    {
      when: ({ type }) => registryNeeds[type].host !== undefined,
      ask: async (answers, place) => {
        const check = (text: string): string | undefined => {
          const host = hostOf(text);
          if (host === undefined) return vscode.l10n.t('This is no host of a registry, such as registry.example:5000.');
          const type = registryTypeOfHost(host);
          return answers.type === 'custom' || type === answers.type ? undefined : vscode.l10n.t('This is no host of {0}.', typeWords()[answers.type]);
        };
        const text = await askText(
          { prompt: vscode.l10n.t('Host, as images name it'), placeholder: 'registry.example:5000', value: answers.host, check },
          place,
        );
        if (text === back) return back;
        answers.host = hostOf(text) ?? '';
        return undefined;
      },
    },
    {
      when: ({ type }) => registryNeeds[type].region !== undefined,
      ask: async (answers, place) => {
        const check = (text: string): string | undefined =>
          regionPattern.test(text.trim()) ? undefined : vscode.l10n.t('This is no region, such as eu-central-1.');
        const inHost = /\.ecr\.([-a-z0-9]+)\./.exec(answers.host)?.[1] ?? '';
        const text = await askText({ prompt: vscode.l10n.t('Region'), value: answers.region === '' ? inHost : answers.region, check }, place);
        if (text === back) return back;
        answers.region = text.trim();
        return undefined;
      },
    },
    {
      when: ({ type }) => registryNeeds[type].user !== undefined,
      ask: async (answers, place) => {
        const text = await askText({ prompt: userWords[registryNeeds[answers.type].user ?? 'user'], value: answers.user, check: needed }, place);
        if (text === back) return back;
        answers.user = text.trim();
        return undefined;
      },
    },
    {
      ask: async (answers, place) => {
        const { secret } = registryNeeds[answers.type];
        const isKey = secret === 'serviceAccountJson';
        // A password is never sent to another host than the one that it was given for.
        const isKept = changed !== undefined && (fixedHostOf(answers.type) ?? answers.host) === changed.host;
        const check = (text: string): string | undefined => (isKept && text === '' ? undefined : (needed(text) ?? (isKey ? wrongKey(text) : undefined)));
        const prompt = isKept ? vscode.l10n.t('{0}. Empty: what is stored stays.', secretWords[secret]) : secretWords[secret];
        const text = await askText({ prompt, secret: true, fromFile: isKey, check }, place);
        if (text === back) return back;
        answers.secret = isKey ? text : text.trim();
        return undefined;
      },
    },
    {
      when: () => changed === undefined,
      ask: async (answers, place) => {
        const proposed =
          answers.name === '' ? shownRegistry({ ...answers, host: fixedHostOf(answers.type) ?? answers.host }).replace(/[^-_.A-Za-z0-9]+/g, '-') : answers.name;
        const check = (text: string): string | undefined => {
          if (!registryName.test(text)) return vscode.l10n.t('A name has letters, digits, "-", "_" and ".".');
          return registries.find(text) === undefined ? undefined : vscode.l10n.t('There is a registry of this name.');
        };
        const text = await askText({ prompt: vscode.l10n.t('Its name here; pull secrets carry it'), value: proposed, check }, place);
        if (text === back) return back;
        answers.name = text;
        return undefined;
      },
    },
  ];
}

/** The host in what a person types, which may be an address. */
function hostOf(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '');
  const found = bare === '' ? undefined : imageReference(`${bare}/a`)?.host;
  return found === bare ? found : undefined;
}

function wrongKey(text: string): string | undefined {
  try {
    serviceAccountLogin(text);
    return undefined;
  } catch (error) {
    return error instanceof ProblemError ? problemText(error.problem) : undefined;
  }
}
