import { expect, test } from 'vitest';
import { problemText } from '../shared/problem';
import { failureProblem } from './clusterProblem';
import type { ClusterFailure } from './ports';

const failed = (changes: Partial<ClusterFailure>): ClusterFailure => ({
  kind: 'unauthorized',
  code: 401,
  reason: '',
  message: 'Unauthorized',
  causes: [],
  conflicts: [],
  uncertain: false,
  ...changes,
});

test('credentials that a server refused are told apart from credentials that could not be had', () => {
  const about = { server: 'https://a.example', verb: 'list' };
  expect(problemText(failureProblem(failed({}), about))).toMatch(/refused the credentials \(401\)/);
  const none = failed({ code: 0, reason: 'Credentials', message: 'the credential program "kubelogin" was not found (PATH: /bin). Install it.' });
  expect(problemText(failureProblem(none, about))).toBe(
    'There are no credentials for the cluster at https://a.example: the credential program "kubelogin" was not found (PATH: /bin). Install it.',
  );
});
