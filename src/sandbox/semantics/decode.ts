// Reading a request's JSON into the types of the API, with what does not fit them.
import type { ObjectSchema, OpenApi } from '../../openapi';
import { findingsOf, normalised } from '../../openapi';
import { badRequest } from '../apiStatus';
import type { JsonMap } from '../objects';

export interface Decoded {
  readonly object: JsonMap;
  /** Unknown fields as the server names them: `unknown field "spec.replicaz"`. */
  readonly strictErrors: readonly string[];
}

/** Reads a whole object. Throws a 400 for values of a wrong type, as the server does whatever the field validation. */
export function decode(openApi: OpenApi, schema: ObjectSchema, body: JsonMap, kind: string, version: string): Decoded {
  const strictErrors: string[] = [];
  for (const finding of findingsOf(schema, body, { required: false, enums: false })) {
    const path = dotted(finding.path);
    if (finding.code === 'unknownField') strictErrors.push(`unknown field ${JSON.stringify(path)}`);
    else if (finding.code === 'wrongType' || finding.code === 'badFormat') {
      throw badRequest(
        `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: json: cannot unmarshal ${finding.found} into Go struct field ${path} of type ${finding.expected}`,
      );
    }
  }
  return { object: normalised(openApi, schema, body) as JsonMap, strictErrors };
}

function dotted(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`), '');
}
