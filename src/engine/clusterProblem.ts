import type { ObjectRef } from '../shared/kubeObject';
import type { Problem } from '../shared/problem';
import { failure, ProblemError } from '../shared/problem';
import type { ClusterFailure } from './ports';
import { ClusterError } from './ports';
import { oneLine } from './status/verdict';

/** What a request was about, for the sentence that a person reads. */
export interface RequestContext {
  readonly server: string;
  readonly verb: string;
  readonly ref?: Pick<ObjectRef, 'kind' | 'name' | 'namespace'>;
}

/** A failed request as a problem. Any other error becomes `internal`; a ProblemError keeps its problem. */
export function clusterProblem(error: unknown, about: RequestContext): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (!(error instanceof ClusterError))
    return { code: 'internal', args: { detail: oneLine(error instanceof Error ? error.message : String(error)) }, severity: 'error' };
  return failureProblem(error.failure, about);
}

/** The same for a failure that arrived as data, as a watch tells it. */
export function failureProblem(failed: ClusterFailure, about: RequestContext): Problem {
  const { kind = '', name = '', namespace = '' } = about.ref ?? {};
  // The server repeats what was wrong, and in a Secret that may be a value: there only field names are told.
  const detail = kind === 'Secret' ? failed.causes.map((cause) => cause.field).join(', ') || failed.reason : oneLine(failed.message);
  switch (failed.kind) {
    case 'unreachable':
    case 'timeout':
    case 'protocol':
      return problem('cluster.unreachable', { server: about.server, detail });
    case 'unauthorized':
      // Without an answer it is not the server that refused: there was nothing to show it.
      return failed.code === 0
        ? problem('cluster.credentials', { server: about.server, detail: oneLine(failed.message) })
        : problem('cluster.unauthorized', { server: about.server });
    case 'forbidden':
      return problem('cluster.forbidden', { verb: about.verb, resource: kind, namespace, detail });
    case 'conflict': {
      const first = failed.conflicts[0];
      return first === undefined
        ? problem('cluster.changed', { kind, name })
        : problem('cluster.conflict', { kind, name, field: first.field, owner: first.manager });
    }
    case 'exists':
      return problem('cluster.changed', { kind, name });
    case 'invalid':
      return problem('cluster.rejected', { kind, name, detail });
    case 'aborted':
      return problem('run.cancelled', {});
    default:
      return problem('cluster.error', { status: String(failed.code), detail });
  }
}

function problem(code: Problem['code'], args: Readonly<Record<string, string>>): Problem {
  return { code, args, severity: 'error' };
}

/** Whether every further request would fail the same way, so that asking on is pointless. */
export function isClusterGone(error: unknown): boolean {
  return error instanceof ClusterError && ['unreachable', 'unauthorized', 'aborted', 'timeout', 'protocol'].includes(error.failure.kind);
}

/** The error to throw when a whole operation cannot go on. */
export function clusterFailure(error: unknown, about: RequestContext): Error {
  const { code, args } = clusterProblem(error, about);
  return failure(code, args, { cause: error });
}
