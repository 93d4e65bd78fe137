import { useStatusRevision } from '../../store/liveStatus';
import { useDocument, usePlan, useSession } from '../../store/session';
import { isNotDeployed } from '../nodes/statusWords';
import type { NodeFacts } from './findNodes';

/** What is known of nodes beside the file, as of now: problems, live states and the shown plan. */
export function useNodeFacts(): NodeFacts {
  const session = useSession();
  const problems = useDocument((state) => state.confirmed.problems);
  const workflow = useDocument((state) => state.workflow);
  const byNode = usePlan((state) => state.byNode);
  useStatusRevision();
  const failing = workflow.nodes.flatMap(({ id }) => {
    const status = session.runs.getState().statuses.get(id);
    return status?.state === 'error' || (status?.state === 'missing' && !isNotDeployed(status)) ? [id] : [];
  });
  const broken = problems.flatMap(({ severity, nodeId }) => (severity === 'error' && nodeId !== undefined ? [nodeId] : []));
  const changed = Object.entries(byNode).flatMap(([id, { action }]) => (action === 'unchanged' || action === 'left-running' ? [] : [id]));
  return { errors: new Set([...broken, ...failing]), changed: new Set(changed) };
}
