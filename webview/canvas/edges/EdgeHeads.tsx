import { edgeHeads, headId } from './edgeLooks';
import type { EdgeHead } from './edgeLooks';

function shapeOf(head: EdgeHead) {
  switch (head) {
    case 'triangle':
      return <path d="M1 1 L11 6 L1 11 z" />;
    case 'chevron':
      return <path d="M2 1.5 L10 6 L2 10.5" className="head-open" />;
    case 'dot':
      return <circle cx="7" cy="6" r="4" />;
    case 'square':
      return <rect x="3" y="2" width="8" height="8" />;
    case 'diamond':
      return <path d="M1 6 L6 2 L11 6 L6 10 z" />;
  }
}

/** The arrowheads all edges share; a marker takes no colour from its line, so there is one for each look. */
export function EdgeHeads() {
  return (
    <svg className="edge-heads" aria-hidden="true">
      <defs>
        {edgeHeads.flatMap((head) =>
          [false, true].map((selected) => (
            <marker
              key={headId(head, selected)}
              id={headId(head, selected)}
              className={selected ? 'edge-head is-selected' : 'edge-head'}
              viewBox="0 0 12 12"
              refX="11"
              refY="6"
              markerWidth="12"
              markerHeight="12"
              markerUnits="userSpaceOnUse"
              orient="auto-start-reverse"
            >
              {shapeOf(head)}
            </marker>
          )),
        )}
      </defs>
    </svg>
  );
}
