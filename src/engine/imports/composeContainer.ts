import type { JsonValue } from '../../shared/json';
import { jsonObject } from '../../shared/json';
import { dnsLabel } from '../../shared/workflow';
import type { ScalarTree, Tree } from './compose/tree';
import { entriesOf, get, isMap, isNull, itemsOf, numberOf, textOf } from './compose/tree';
import { nanosecondsOf } from './compose/typedTree';
import { takeBuild } from './composeBuild';
import type { ServiceContext } from './composeContext';
import { addNode, objectOf, setFields, sourceOf, take, tell, tellAt } from './composeContext';
import { qualifiedName } from './names';
import { isSensitive } from './sensitive';

/** A key of a ConfigMap or Secret. */
const dataKey = /^[-._a-zA-Z0-9]{1,253}$/;

/** The image, and what is to be said of one that has to be built. */
export function takeImage(context: ServiceContext): void {
  const image = take(context, 'image');
  const named = textOf(image) ?? '';
  takeBuild(context, named);
  context.data['image'] = named === '' ? `${context.project.name}-${context.service.toLowerCase()}` : named;
  const policy = get(context.tree, 'pull_policy');
  const word = textOf(policy);
  if (policy === undefined || word === undefined) return;
  context.ledger.carry(policy);
  const made = word === 'always' || /^(?:daily|weekly|every_|refresh)/.test(word) ? 'Always' : word === 'never' ? 'Never' : 'IfNotPresent';
  context.data['imagePullPolicy'] = made;
  if (!['always', 'never', 'missing'].includes(word))
    tellAt(context, 'changed', policy.at, ['pull_policy'], `There is no policy "${word}".`, `It is ${made} now.`);
}

/** The variables: plain ones in a ConfigMap, those with secrets by name in a Secret. */
export function takeVariables(context: ServiceContext): void {
  const plain = jsonObject();
  const environment = get(context.tree, 'environment');
  if (isMap(environment) && environment.entries.size === 0) context.ledger.carry(environment);
  for (const [name, { at, value }] of entriesOf(environment)) {
    const keys = ['environment', name];
    if (!dataKey.test(name)) {
      tell(context, 'lost', value, keys, 'A variable may have letters, digits, "-", "_" and "." in its name.', 'Rename it.');
    } else if (isNull(value)) {
      tellAt(
        context,
        'lost',
        at,
        keys,
        'Its value would come from the environment of whoever starts compose, which an import never reads.',
        'Set it, or give a file with --env-file.',
      );
      context.ledger.carry(value);
    } else {
      context.ledger.carry(value);
      const scalar = value as ScalarTree;
      if (isSecret(context, name, scalar)) context.secretKeys.add(name);
      else plain[name] = textOf(value) ?? '';
    }
  }
  for (const file of itemsOf(get(context.tree, 'env_file'))) {
    const path = textOf(get(file, 'path')) ?? '';
    const skipped = context.project.skippedFiles.find((one) => one.path === path);
    if (skipped === undefined) context.ledger.carry(file);
    else if (skipped.outside)
      tell(
        context,
        'lost',
        file,
        ['env_file'],
        `"${path}" lies outside of the project's folder and is not read.`,
        'Copy it into the folder, or import from a folder that holds both.',
      );
    else tell(context, 'note', file, ['env_file'], `"${path}" is not there, and need not be.`, 'Nothing.');
  }
  if (Object.keys(plain).length === 0) return;
  const id = context.names.take(`${context.id}-config`);
  addNode(context, id, 'configmap', id, { data: plain }, sourceOf(context, 'environment'));
  context.edges.push({ from: id, to: context.id, as: 'env' });
}

/** By what is seen of it, or as it was chosen. What holds a secret for sure cannot be chosen to stand in the file. */
function isSecret({ choices, service, id }: ServiceContext, name: string, { secrets, value }: ScalarTree): boolean {
  const choice = { key: `variable:${service}.${name}`, kind: 'variable', node: id, subject: name } as const;
  if (secrets !== undefined || isSensitive('', String(value ?? ''))) return true;
  const looksSo = isSensitive(name);
  const reason = looksSo ? 'Its name looks like that of a secret.' : 'Neither its name nor its value looks like a secret.';
  return choices.offer({ ...choice, reason }, looksSo ? 'secret' : 'plain', ['secret', 'plain']) === 'secret';
}

/** The Secret of the service's own variables. Last, when all parts have said what they need. */
export function addSecret(context: ServiceContext): void {
  if (context.secretKeys.size === 0) return;
  const id = context.names.take(`${context.id}-secrets`);
  addNode(context, id, 'secret', id, { keys: [...context.secretKeys] }, sourceOf(context, 'environment'));
  context.edges.push({ from: id, to: context.id, as: 'env' });
}

/** Compose's entrypoint is Kubernetes' command, and its command the arguments. */
export function takeCommand(context: ServiceContext): void {
  const entrypoint = wordsIn(context, 'entrypoint');
  const command = wordsIn(context, 'command');
  if (entrypoint !== undefined && entrypoint.length > 0) setFields(context.data, { command: entrypoint, args: command?.length === 0 ? undefined : command });
  else if (entrypoint !== undefined && command !== undefined && command.length > 0) context.data['command'] = command;
  else {
    if (entrypoint !== undefined) {
      const tree = get(context.tree, 'entrypoint') as Tree;
      tellAt(context, 'lost', tree.at, ['entrypoint'], "An image's entrypoint cannot be taken away without putting one in its place.", 'Set command.');
    }
    if (command !== undefined && command.length > 0) context.data['args'] = command;
    else if (command !== undefined && entrypoint === undefined) {
      const tree = get(context.tree, 'command') as Tree;
      tellAt(context, 'lost', tree.at, ['command'], "An image's arguments cannot be taken away alone.", "Set command to the image's entrypoint, or args.");
    }
  }
}

function wordsIn(context: ServiceContext, key: string): string[] | undefined {
  const tree = take(context, key);
  if (tree === undefined || isNull(tree)) return undefined;
  return itemsOf(tree).map((item) => {
    const { masked, secrets } = item as ScalarTree;
    for (const name of secrets ?? []) context.secretKeys.add(name);
    return escaped(context, masked ?? textOf(item) ?? '', secrets ?? []);
  });
}

/** Kubernetes puts variables into words written `$(NAME)`, and takes `$$` for a dollar: only what is in `meant` may be put in. */
function escaped(context: ServiceContext, word: string, meant: readonly string[]): string {
  const names = new Set(entriesOf(get(context.tree, 'environment')).map(([name]) => name));
  return word.replaceAll(/\$(?=\$|\(([^()]*)\))/g, (dollar, name?: string) =>
    name === undefined || (names.has(name) && !meant.includes(name)) ? '$$' : dollar,
  );
}

/** User, folder, rights and the like. */
export function takeProcess(context: ServiceContext): void {
  const { data, tree } = context;
  const workingDir = textOf(get(tree, 'working_dir'));
  if (workingDir?.startsWith('/') === true && !workingDir.includes(':')) {
    take(context, 'working_dir');
    data['workingDir'] = workingDir;
  }
  const security: Record<string, JsonValue | undefined> = {};
  const user = get(tree, 'user');
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(textOf(user) ?? '') ?? [];
  if (uid !== undefined) {
    context.ledger.carry(user);
    security['runAsUser'] = Number(uid);
    if (gid !== undefined) security['runAsGroup'] = Number(gid);
  }
  for (const [key, field] of [
    ['privileged', 'privileged'],
    ['read_only', 'readOnlyRootFilesystem'],
  ] as const) {
    const value = take(context, key);
    if (value?.kind === 'scalar' && value.value === true) security[field] = true;
    if (key === 'privileged' && security[field] === true && value !== undefined)
      tellAt(
        context,
        'note',
        value.at,
        [key],
        'A privileged container may do on its machine whatever root may; many namespaces refuse it.',
        'Ask for single capabilities instead.',
      );
  }
  for (const [key, field] of [
    ['cap_add', 'capabilities'],
    ['cap_drop', 'dropCapabilities'],
  ] as const) {
    const names = itemsOf(take(context, key)).map((item) => (textOf(item) ?? '').toUpperCase().replace(/^CAP_/, ''));
    if (names.length > 0) security[field] = names;
  }
  for (const [index, option] of itemsOf(get(tree, 'security_opt')).entries()) takeSecurityOption(context, option, index, security);
  if (security['privileged'] === true && security['allowPrivilegeEscalation'] === false) delete security['allowPrivilegeEscalation'];
  const securityContext = objectOf(security);
  if (securityContext !== undefined) data['securityContext'] = securityContext;
  takePodSecurity(context);
  for (const [key, field] of [
    ['pid', 'hostPID'],
    ['ipc', 'hostIPC'],
  ] as const) {
    if (textOf(get(tree, key)) !== 'host') continue;
    take(context, key);
    data[field] = true;
  }
  if (['private', 'shareable', ''].includes(textOf(get(tree, 'ipc')) ?? 'x')) take(context, 'ipc');
  const grace = nanosecondsOf(textOf(get(tree, 'stop_grace_period')) ?? '');
  if (grace !== undefined) {
    take(context, 'stop_grace_period');
    data['terminationGracePeriodSeconds'] = Math.ceil(grace / 1e9);
  }
  if (textOf(get(tree, 'stop_signal')) === 'SIGTERM') take(context, 'stop_signal');
  takePlatform(context);
  takeMetadata(context);
}

function takeSecurityOption(context: ServiceContext, option: Tree, index: number, security: Record<string, JsonValue | undefined>): void {
  const text = textOf(option) ?? '';
  if (/^no-new-privileges(?:[:=]true)?$/.test(text)) security['allowPrivilegeEscalation'] = false;
  else if (/^seccomp[:=]unconfined$/.test(text)) security['seccompProfile'] = 'Unconfined';
  else if (!/^no-new-privileges[:=]false$/.test(text))
    return tell(
      context,
      'lost',
      option,
      ['security_opt', String(index)],
      'This option has no equal.',
      'Set securityContext, or ask who runs the machines for profiles.',
    );
  context.ledger.carry(option);
}

function takePodSecurity(context: ServiceContext): void {
  const groups = itemsOf(get(context.tree, 'group_add')).filter((item) => /^\d+$/.test(textOf(item) ?? ''));
  context.ledger.carry(...groups);
  const sysctls = get(context.tree, 'sysctls');
  const settings = objectOf(Object.fromEntries(entriesOf(sysctls).map(([name, { value }]) => [name, textOf(value) ?? ''])));
  if (sysctls !== undefined && settings !== undefined) {
    context.ledger.carry(sysctls);
    tellAt(
      context,
      'note',
      sysctls.at,
      ['sysctls'],
      'Machines take only some settings of the kernel from pods.',
      'Ask who runs the machines to allow the others (allowed-unsafe-sysctls).',
    );
  }
  const made = objectOf({ supplementalGroups: groups.length === 0 ? undefined : groups.map((item) => Number(textOf(item))), sysctls: settings });
  if (made !== undefined) context.data['podSecurityContext'] = made;
}

function takePlatform(context: ServiceContext): void {
  const [, system, architecture] =
    /^(linux|windows)(?:\/(amd64|arm64|arm|s390x|ppc64le|386))?(?:\/v\d)?$/.exec(textOf(get(context.tree, 'platform')) ?? '') ?? [];
  if (system === undefined) return;
  take(context, 'platform');
  context.data['nodeSelector'] = objectOf({ 'kubernetes.io/os': system, 'kubernetes.io/arch': architecture }) ?? {};
}

/** Labels of compose are free texts, which annotations are in Kubernetes. */
function takeMetadata(context: ServiceContext): void {
  for (const [keys, field] of [
    [['labels'], 'podAnnotations'],
    [['annotations'], 'podAnnotations'],
    [['deploy', 'labels'], 'annotations'],
  ] as const) {
    const made: Record<string, JsonValue | undefined> = { ...(context.data[field] as Record<string, JsonValue> | undefined) };
    for (const [name, { value }] of entriesOf(get(context.tree, ...keys))) {
      const path = [...keys, name];
      if ((value as ScalarTree).secrets !== undefined || isSensitive('', textOf(value) ?? ''))
        tell(context, 'lost', value, path, 'It holds a secret, and annotations are read by many.', 'Keep it in a Secret.');
      else if (!qualifiedName.test(name))
        tell(
          context,
          'lost',
          value,
          path,
          'The key of an annotation has at most 63 letters, digits, "-", "_" and ".", and a domain before a "/".',
          'Rename it.',
        );
      else {
        context.ledger.carry(value);
        made[name] = textOf(value) ?? '';
      }
    }
    const all = objectOf(made);
    if (all !== undefined) context.data[field] = all;
  }
  const files = get(context.tree, 'label_file');
  if (files !== undefined) context.ledger.carry(files);
}

/** Probes with the timings of the health check. */
export function takeHealth(context: ServiceContext): void {
  const check = get(context.tree, 'healthcheck');
  if (!isMap(check) || context.kind === 'job' || context.kind === 'cronjob') return;
  const test = itemsOf(get(check, 'test'));
  const [kind] = test.map((item) => textOf(item) ?? '');
  const isOff = kind === 'NONE' || (get(check, 'disable') as ScalarTree | undefined)?.value === true;
  if (isOff || test.length < 2) {
    if (isOff) context.ledger.carry(check);
    else
      tell(context, 'lost', check, ['healthcheck'], 'Its test comes from the image, which Kubernetes does not ask.', 'Set livenessProbe and readinessProbe.');
    return;
  }
  const command = probeCommand(context, kind ?? '', test.slice(1));
  if (command === undefined)
    return tell(
      context,
      'lost',
      check,
      ['healthcheck'],
      'Its test holds a secret, and the command of a probe is read by many.',
      'Read it from a variable in a script of the image.',
    );
  context.ledger.carry(check);
  const seconds = (key: string, usual: number): number => Math.max(1, Math.round((nanosecondsOf(textOf(get(check, key)) ?? '') ?? usual * 1e9) / 1e9));
  const period = seconds('interval', 30);
  const failures = numberOf(get(check, 'retries')) ?? 3;
  const common = { type: 'exec', command, timeoutSeconds: seconds('timeout', 30) };
  const probe = { ...common, initialDelaySeconds: 0, periodSeconds: period, failureThreshold: Math.max(1, failures) };
  context.data['livenessProbe'] = probe;
  context.data['readinessProbe'] = probe;
  const start = nanosecondsOf(textOf(get(check, 'start_period')) ?? '0') ?? 0;
  if (start > 0) {
    const often = get(check, 'start_interval') === undefined ? Math.min(period, 5) : seconds('start_interval', 5);
    context.data['startupProbe'] = { ...common, periodSeconds: often, failureThreshold: Math.max(1, Math.ceil(start / 1e9 / often) + failures) };
  }
  for (const key of ['interval', 'timeout', 'start_period', 'start_interval']) {
    const value = get(check, key);
    const exact = nanosecondsOf(textOf(value) ?? '0') ?? 0;
    if (value !== undefined && exact % 1e9 !== 0) tellAt(context, 'changed', value.at, ['healthcheck', key], 'Probes count whole seconds.', 'It is rounded.');
  }
  tellAt(
    context,
    'changed',
    check.at,
    ['healthcheck'],
    'A container that stays unhealthy is restarted now, and gets no traffic meanwhile; compose only says so.',
    'Remove livenessProbe where a restart does harm.',
  );
}

function probeCommand(context: ServiceContext, kind: string, words: readonly Tree[]): readonly string[] | undefined {
  const hidden = words.flatMap((word) => (word as ScalarTree).secrets ?? []);
  if (kind === 'CMD-SHELL') {
    for (const name of hidden) context.secretKeys.add(name);
    const line = words.map(
      (word) =>
        (word as ScalarTree).masked?.replaceAll(/\$\(([_a-zA-Z][_a-zA-Z0-9]*)\)/g, (all, name: string) => (hidden.includes(name) ? `\${${name}}` : all)) ??
        textOf(word) ??
        '',
    );
    return ['/bin/sh', '-c', line.join(' ')];
  }
  return hidden.length > 0 ? undefined : words.map((word) => textOf(word) ?? '');
}

/** Names and DNS of the pods. */
export function takeNames(context: ServiceContext): void {
  const { tree, data } = context;
  const hostname = textOf(get(tree, 'hostname'));
  if (hostname !== undefined && dnsLabel.test(hostname)) {
    take(context, 'hostname');
    data['hostname'] = hostname;
  }
  const texts = (key: string): readonly string[] => itemsOf(take(context, key)).map((item) => textOf(item) ?? '');
  const options = Object.fromEntries(texts('dns_opt').map((option) => [option.split(':')[0] ?? '', option.split(':')[1] ?? '']));
  const [nameservers, searches] = [texts('dns'), texts('dns_search')];
  const dnsConfig = objectOf({
    nameservers: nameservers.length === 0 ? undefined : nameservers,
    searches: searches.length === 0 ? undefined : searches,
    options: Object.keys(options).length === 0 ? undefined : options,
  });
  if (dnsConfig !== undefined) {
    data['dnsConfig'] = dnsConfig;
    tellAt(
      context,
      'changed',
      (get(tree, 'dns') ?? get(tree, 'dns_search') ?? get(tree, 'dns_opt') ?? tree).at,
      ['dns'],
      "They are added to the cluster's own DNS, which stays.",
      'Set dnsPolicy to None to use them alone.',
    );
  }
  takeHosts(context);
}

function takeHosts(context: ServiceContext): void {
  const byAddress = new Map<string, string[]>();
  for (const [index, item] of itemsOf(get(context.tree, 'extra_hosts')).entries()) {
    const [host = '', address = ''] = splitOnce(textOf(item) ?? '');
    if (!/^[\d.]+$|:/.test(address) || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(host)) {
      tell(
        context,
        'lost',
        item,
        ['extra_hosts', String(index)],
        `"${address}" is no address that pods can be given for "${host}".`,
        'Set hostAliases with an IP address.',
      );
      continue;
    }
    context.ledger.carry(item);
    byAddress.set(address, [...(byAddress.get(address) ?? []), host]);
  }
  if (byAddress.size > 0) context.data['hostAliases'] = [...byAddress].map(([ip, hostnames]) => ({ ip, hostnames }));
}

function splitOnce(text: string): readonly string[] {
  const cut = text.indexOf('=');
  return [text.slice(0, cut), text.slice(cut + 1)];
}
