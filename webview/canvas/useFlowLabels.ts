import type { AriaLabelConfig } from '@xyflow/react';
import { useMemo } from 'react';
import { useText } from '../ui/texts';

const directionWords: Readonly<Record<string, string>> = { up: 'up', down: 'down', left: 'left', right: 'right' };

/** What React Flow says to screen readers, in the person's language. */
export function useFlowLabels(): Partial<AriaLabelConfig> {
  const text = useText();
  return useMemo(
    () => ({
      'node.a11yDescription.default': text(
        'Press Space to select, Enter for its settings, arrow keys to follow its connections, Alt and arrow keys to move it, Delete to remove it, Escape to leave.',
      ),
      'node.a11yDescription.keyboardDisabled': text('Press Space to select.'),
      'node.a11yDescription.ariaLiveMessage': ({ direction, x, y }) =>
        text('Moved {0} to {1}, {2}', text(directionWords[direction] ?? direction), Math.round(x), Math.round(y)),
      'edge.a11yDescription.default': text('Press Space to select, Delete to remove it.'),
      'controls.ariaLabel': text('Zoom'),
      'controls.zoomIn.ariaLabel': text('Zoom in'),
      'controls.zoomOut.ariaLabel': text('Zoom out'),
      'controls.fitView.ariaLabel': text('Show everything'),
      'minimap.ariaLabel': text('Overview of the canvas'),
      'handle.ariaLabel': text('Connection point'),
    }),
    [text],
  );
}
