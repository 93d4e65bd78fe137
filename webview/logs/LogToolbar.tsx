import { useEffect, useRef, useState } from 'react';
import type { LogLevel } from '../../src/shared/logLevel';
import type { LogOrigin, LogSelection } from '../../src/shared/protocol';
import type { LogContainer } from '../../src/shared/stream';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { Select } from '../ui/Select';
import { SearchField } from '../ui/TextField';
import { useText } from '../ui/texts';
import type { LogActions } from './logActions';
import { shortPod } from './logLines';

/** Typing pauses this long before the host is asked. */
const typingDelayMs = 250;
const levels: readonly { readonly level: LogLevel; readonly icon: string; readonly label: string }[] = [
  { level: 'error', icon: 'error', label: 'Errors' },
  { level: 'warning', icon: 'warning', label: 'Warnings' },
  { level: 'info', icon: 'info', label: 'Information' },
  { level: 'debug', icon: 'bug', label: 'Debug' },
];

function useOriginWords(): (origin: LogOrigin) => string {
  const text = useText();
  return (origin) => {
    switch (origin.type) {
      case 'tail':
        return text('Newest lines');
      case 'seconds':
        return origin.seconds === 3600 ? text('Last hour') : text('Last {0} minutes', Math.round(origin.seconds / 60));
      case 'time':
        return text('Since {0}', new Date(origin.time).toLocaleTimeString());
      case 'previous':
        return text('Run before the restart');
    }
  };
}

/** Which lines are shown: by text, level and container, and since when. */
export function LogFilters({
  selection: first,
  origin,
  containers,
  actions,
  onOrigin,
}: {
  readonly selection: LogSelection;
  readonly origin: LogOrigin;
  readonly containers: readonly LogContainer[];
  readonly actions: LogActions;
  readonly onOrigin: (origin: LogOrigin) => void;
}) {
  const text = useText();
  const originWords = useOriginWords();
  const [selection, setSelection] = useState(first);
  const [refusal, setRefusal] = useState<string>();
  const asked = useRef(first);

  useEffect(() => {
    if (selection === asked.current) return undefined;
    // A press counts at once; typing when it pauses.
    const delayMs = selection.text === asked.current.text ? 0 : typingDelayMs;
    const timer = setTimeout(() => {
      asked.current = selection;
      void actions.select(selection).then((words) => asked.current === selection && setRefusal(words));
    }, delayMs);
    return () => clearTimeout(timer);
  }, [selection, actions]);

  const toggle = (level: LogLevel): void =>
    setSelection((before) => ({
      ...before,
      levels: before.levels.includes(level) ? before.levels.filter((one) => one !== level) : [...before.levels, level],
    }));
  const names = containers.map((one) => `${one.pod}/${one.container}`);

  return (
    <div className="logs-filters">
      <div className="logs-filter">
        <SearchField
          label={selection.regex ? text('Filter by pattern') : text('Filter by text')}
          value={selection.text}
          onChange={(next) => setSelection((before) => ({ ...before, text: next }))}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setSelection((before) => ({ ...before, text: '' }));
          }}
        />
      </div>
      <IconButton
        icon="regex"
        label={text('Use a regular expression')}
        pressed={selection.regex}
        onClick={() => setSelection((before) => ({ ...before, regex: !before.regex }))}
      />
      <span className="logs-levels" role="group" aria-label={text('Levels')}>
        {levels.map(({ level, icon, label }) => (
          <IconButton
            key={level}
            icon={icon}
            label={text('Only these levels: {0}', text(label))}
            pressed={selection.levels.includes(level)}
            onClick={() => toggle(level)}
          />
        ))}
      </span>
      {names.length < 2 ? null : (
        <div className="logs-sources">
          <Select
            label={text('Pod and container')}
            value={selection.sources[0] ?? ''}
            options={[
              { value: '', label: text('All {0} containers', names.length) },
              ...containers.map((one) => ({
                value: `${one.pod}/${one.container}`,
                label: `${shortPod(one.pod)}/${one.container}${one.type === 'container' ? '' : ` (${one.type})`}${one.waiting === undefined ? '' : ` · ${one.waiting}`}`,
              })),
            ]}
            onCommit={(value) => setSelection((before) => ({ ...before, sources: value === '' ? [] : [value] }))}
          />
        </div>
      )}
      <button
        type="button"
        className="logs-origin"
        title={text('Choose where the log begins')}
        onClick={() => void actions.chooseOrigin().then((chosen) => chosen !== undefined && onOrigin(chosen))}
      >
        <Icon name="history" /> {originWords(origin)}
      </button>
      {refusal === undefined ? null : (
        <span className="logs-refusal" role="alert">
          <Icon name="error" /> {refusal}
        </span>
      )}
    </div>
  );
}
