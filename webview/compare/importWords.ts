import type { ImportChoice, ImportLoss } from '../../src/shared/importPreview';
import type { Text } from '../ui/texts';

/** What can be chosen, in words. */
const optionWords: Readonly<Record<string, string>> = {
  deployment: 'Deployment',
  statefulset: 'StatefulSet',
  daemonset: 'DaemonSet',
  job: 'Job',
  secret: 'Secret',
  plain: 'Plain value',
  claim: 'Claim',
  emptyDir: 'Empty folder',
  configMap: 'ConfigMap',
  none: 'Nothing',
  keep: 'Comes along',
  leave: 'Left out',
  file: 'What the file says',
  source: 'What the source says',
};

/** What a choice is about, in words. */
const choiceWords: Readonly<Record<ImportChoice['kind'], string>> = {
  workload: 'Kind',
  variable: 'Variable {0}',
  mount: 'Mount at {0}',
  node: 'This node',
  conflict: 'Conflict: {0}',
};

export const lossWords: Readonly<Record<ImportLoss['kind'], string>> = {
  lost: 'Lost',
  changed: 'Changed',
  note: 'Good to know',
};

export function optionWord(option: string, text: Text): string {
  return Object.hasOwn(optionWords, option) ? text(optionWords[option] ?? option) : option;
}

export function choiceWord({ kind, subject, node }: ImportChoice, text: Text): string {
  return text(choiceWords[kind], subject === '' ? node : subject);
}
