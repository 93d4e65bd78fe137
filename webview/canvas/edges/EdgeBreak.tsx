import { useStoreApi } from '@xyflow/react';
import { useCallback, useLayoutEffect, useSyncExternalStore } from 'react';
import type { EdgeDiagnosis } from '../../../src/shared/diagnosis';
import { edgeState, firstFalse } from '../../../src/shared/diagnosis';
import { checkWords } from '../../inspector/diagnosisWords';
import { useText } from '../../ui/texts';
import { ReasonPlaces, reasonWidth } from './reasonPlaces';

/** Characters of a reason that have room beside an edge; the inspector says all of it. */
const maxReason = 110;
/** Height of the reason's box in pixels of the screen, with about this many characters to a line. */
const lineHeight = 15;
const lineCharacters = 33;
const boxEdges = 10;

type FlowStore = ReturnType<typeof useStoreApi>;
/** Each component gets a handle of its own to the store of its canvas; its functions are the store's. */
const placesOfCanvas = new WeakMap<FlowStore['getState'], ReasonPlaces>();

/** The places of reasons on one canvas, which all its edges share. */
function placesOf({ getState }: FlowStore): ReasonPlaces {
  const known = placesOfCanvas.get(getState) ?? new ReasonPlaces();
  placesOfCanvas.set(getState, known);
  return known;
}

/** The element with the reason of one edge, which screen readers read after the edge's name. */
export function reasonId(edgeId: string): string {
  return `edge-reason-${edgeId}`;
}

interface EdgeBreakProps {
  readonly id: string;
  readonly diagnosis: EdgeDiagnosis;
  readonly x: number;
  readonly y: number;
}

/**
 * A mark in the middle of an edge that does not hold, told by its shape: a cross in a gap, or a triangle. Mark and reason keep their size
 * on the screen, and the reason is put clear of cards and of other reasons. Where there is room, a broken edge says it always; else on hover, focus and selection.
 */
export function EdgeBreak(props: EdgeBreakProps) {
  const state = edgeState(props.diagnosis);
  return state === 'broken' || state === 'warning' ? <Break {...props} isBroken={state === 'broken'} /> : null;
}

function Break({ id, diagnosis, x, y, isBroken }: EdgeBreakProps & { readonly isBroken: boolean }) {
  const text = useText();
  const first = firstFalse(diagnosis.checks);
  const reason = first === undefined ? '' : checkWords(first, text);
  const word = isBroken ? text('Broken') : text('Warning');
  const shown = reason.length > maxReason ? `${reason.slice(0, maxReason - 1)}…` : reason;
  const height = Math.ceil((word.length + 2 + shown.length) / lineCharacters) * lineHeight + boxEdges;
  const store = useStoreApi();
  const places = placesOf(store);
  useLayoutEffect(() => places.put(id, { mark: { x, y }, height, isLasting: isBroken }), [places, id, x, y, height, isBroken]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const leave = [store.subscribe(listener), places.subscribe(listener)];
      return () => leave.forEach((each) => each());
    },
    [store, places],
  );
  const place = useSyncExternalStore(subscribe, () => places.at(id, store.getState().nodes, store.getState().transform[2]));
  // Not placed before it was told of, which is before it is painted.
  if (place === undefined) return null;
  const resized = `scale(${String(place.scale)})`;
  return (
    <g className="edge-break" data-state={isBroken ? 'broken' : 'warning'} data-always={isBroken && place.hasRoom}>
      <title id={reasonId(id)}>{reason}</title>
      <line className="break-leader" x1={x} y1={y} x2={place.x} y2={place.y} />
      <g className="break-mark" transform={`translate(${String(x)} ${String(y)}) ${resized}`}>
        {isBroken ? <circle className="break-shape" r="10" /> : <path className="break-shape" d="M0 -10 L11 9 L-11 9 z" />}
        {isBroken ? <path className="break-sign" d="M-4 -4 L4 4 M4 -4 L-4 4" /> : <path className="break-sign" d="M0 -4 V3 M0 5.5 V6" />}
      </g>
      <g transform={`translate(${String(place.x)} ${String(place.y)}) ${resized}`}>
        <foreignObject className="break-reason" x={-reasonWidth / 2} y={-height / 2} width={reasonWidth} height={height}>
          <div className="break-box">
            <span>
              <strong>{word}</strong>
              {`: ${shown}`}
            </span>
          </div>
        </foreignObject>
      </g>
    </g>
  );
}
