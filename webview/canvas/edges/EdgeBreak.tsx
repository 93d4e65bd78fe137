import type { EdgeDiagnosis } from '../../../src/shared/diagnosis';
import { edgeState, firstFalse } from '../../../src/shared/diagnosis';
import { checkWords } from '../../inspector/diagnosisWords';
import { useText } from '../../ui/texts';

/** Characters of a reason that have room beside an edge; the inspector says all of it. */
const maxReason = 64;

/** The element with the reason of one edge, which screen readers read after the edge's name. */
export function reasonId(edgeId: string): string {
  return `edge-reason-${edgeId}`;
}

/** A mark in the middle of an edge that does not hold, told by its shape: a cross in a gap, or a triangle. Its reason is shown on hover, focus and selection. */
export function EdgeBreak({ id, diagnosis, x, y }: { readonly id: string; readonly diagnosis: EdgeDiagnosis; readonly x: number; readonly y: number }) {
  const text = useText();
  const state = edgeState(diagnosis);
  const first = firstFalse(diagnosis.checks);
  if (first === undefined || (state !== 'broken' && state !== 'warning')) return null;
  const reason = checkWords(first, text);
  const isBroken = state === 'broken';
  return (
    <g className="edge-break" data-state={state} transform={`translate(${String(x)} ${String(y)})`}>
      <title id={reasonId(id)}>{reason}</title>
      {isBroken ? <circle className="break-shape" r="10" /> : <path className="break-shape" d="M0 -10 L11 9 L-11 9 z" />}
      {isBroken ? <path className="break-sign" d="M-4 -4 L4 4 M4 -4 L-4 4" /> : <path className="break-sign" d="M0 -4 V3 M0 5.5 V6" />}
      <text className="break-word" y="24">
        {isBroken ? text('Broken') : text('Warning')}
      </text>
      <text className="break-reason" y="38">
        {reason.length > maxReason ? `${reason.slice(0, maxReason - 1)}…` : reason}
      </text>
    </g>
  );
}
