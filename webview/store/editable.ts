import { isActive } from './runStore';
import { useDocument, useRun, useUi } from './session';

/** Whether a run holds the canvas and the person has not chosen to edit anyway. */
export function useLocked(): boolean {
  const runId = useRun((state) => (isActive(state.run) ? state.run?.runId : undefined));
  const allowed = useUi((state) => state.editDuringRun);
  return runId !== undefined && allowed !== runId;
}

export function useEditable(): boolean {
  const locked = useLocked();
  return !useDocument((state) => state.confirmed.readOnly) && !locked;
}
