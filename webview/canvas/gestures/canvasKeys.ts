import type { CanvasCommand } from '../../../src/shared/protocol';
import { hasCommandKey } from '../../ui/editableKeys';

/** The command that a key means by default. The manifest contributes the same keys; a test keeps the two alike. */
export function commandOfKey(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
): Exclude<CanvasCommand, 'resetView'> | undefined {
  const key = event.key.toLowerCase();
  const isDelete = key === 'delete' || key === 'backspace';
  if (!hasCommandKey(event)) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
    return key === 'f2' ? 'renameSelection' : isDelete ? 'deleteSelection' : undefined;
  }
  if (key === 'g') return event.shiftKey ? 'ungroupSelection' : 'groupSelection';
  if (event.shiftKey) return undefined;
  return isDelete ? 'deleteAndReconnect' : byLetter[key];
}

const byLetter: Readonly<Record<string, 'findNode' | 'selectAll' | 'duplicateSelection'>> = { f: 'findNode', a: 'selectAll', d: 'duplicateSelection' };
