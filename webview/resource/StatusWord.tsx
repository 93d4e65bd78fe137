import type { ResourceWord } from '../../src/shared/resource';
import { resourceWordTable } from '../../src/shared/resource';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';

const looks: Readonly<Record<ResourceWord, { readonly tone: 'good' | 'busy' | 'warn' | 'bad' | 'quiet'; readonly icon: string }>> = {
  running: { tone: 'good', icon: 'pass-filled' },
  completed: { tone: 'good', icon: 'pass' },
  pending: { tone: 'busy', icon: 'clock' },
  warning: { tone: 'warn', icon: 'warning' },
  failed: { tone: 'bad', icon: 'error' },
  deleted: { tone: 'quiet', icon: 'trash' },
  unknown: { tone: 'quiet', icon: 'question' },
};

/** A status as icon, colour and word; the word alone says all of it. */
export function StatusWord({ word, reason }: { readonly word: ResourceWord; readonly reason?: string | undefined }) {
  const text = useText();
  const { tone, icon } = looks[reason === undefined || word === 'deleted' ? word : 'failed'];
  return (
    <span className="resource-status" data-tone={tone}>
      <Icon name={icon} />
      <span>{text(resourceWordTable[word].label)}</span>
      {reason === undefined ? null : <span>({reason})</span>}
    </span>
  );
}
