// Asks an API server what it thinks of an object: a dry-run with strict field validation, so that nothing is kept.
import type { JsonMap } from '../../openapi/index';
import { isMap } from '../../openapi/index';
import type { ValidationCase } from '../../testing/validationCases';
import type { Wire } from './differential';

export interface Verdict {
  readonly valid: boolean;
  /** Why not, in one line; empty when it is valid. */
  readonly words: string;
}

/** The server's verdict. Throws for answers that are none, such as a kind that is not served. */
export async function verdictOf(wire: Wire, { base, object }: ValidationCase, namespace: string): Promise<Verdict> {
  const [group, version] = base.apiVersion.includes('/') ? base.apiVersion.split('/') : ['', base.apiVersion];
  const prefix = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = base.namespaced ? `/namespaces/${namespace}` : '';
  const path = `${prefix}${place}/${base.plural}?dryRun=All&fieldValidation=Strict&fieldManager=kubeorch`;
  const answer = await wire.send('POST', path, 'application/json', JSON.stringify(object));
  if (answer.code >= 200 && answer.code < 300) return { valid: true, words: '' };
  // Admission answers an administrator's own request with 403 where it finds something wrong with the object.
  if (answer.code === 400 || answer.code === 403 || answer.code === 422) return { valid: false, words: wordsOf(answer.body) };
  throw new Error(`HTTP ${answer.code}: ${wordsOf(answer.body)}`);
}

function wordsOf(body: JsonMap): string {
  const details = isMap(body['details']) ? body['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'].filter(isMap) : [];
  const told = causes.map((cause) => [cause['field'], cause['message']].filter((one) => typeof one === 'string').join(': '));
  return told.length > 0 ? told.join('; ') : typeof body['message'] === 'string' ? body['message'] : JSON.stringify(body);
}
