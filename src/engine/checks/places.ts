import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { WorkflowNode } from '../../shared/workflow';

/** Where in a node's data something about its object stands. */
export interface NodePlace {
  readonly path: JsonPath;
  /** The very value stands there, so that changing it there changes it in the object. */
  readonly exact: boolean;
}

/** Values of a node that are looked through for one that the object shows; a hostile node has any number. */
const mostValues = 20_000;
/** Below this, a value of the node has too little in common with the object's. */
const leastLikeness = 4;

/**
 * The place in a node's data that a field of its object comes from: the object's own path in `patch` or `manifest`, else the
 * value of the node that is most like it by name, position and value, else the node.
 */
export function placeOf(node: WorkflowNode, object: JsonObject, path: JsonPath): NodePlace {
  for (const section of node.type === 'manifest' ? ['manifest', 'patch'] : ['patch']) {
    const full = [section, ...path];
    for (let length = full.length; length > (section === 'patch' ? 1 : 0); length -= 1) {
      const part = full.slice(0, length);
      if (valueAt(node.data, part) !== undefined) return { path: part, exact: length === full.length };
    }
  }
  if (path.length === 0) return { path: [], exact: false };
  // A missing field is looked for by what it would stand in.
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const found = mostLike(node.data, part, valueAt(object, part));
    if (found !== undefined) return { path: found.path, exact: found.exact && length === path.length };
  }
  return { path: [], exact: false };
}

function mostLike(data: JsonObject, path: JsonPath, value: JsonValue | undefined): NodePlace | undefined {
  let best: { readonly place: NodePlace; readonly likeness: number } | undefined;
  let seen = 0;
  const wanted = path.findLast((step) => typeof step === 'string') ?? '';
  const visit = (at: JsonValue, here: (string | number)[]): void => {
    if (++seen > mostValues) return;
    if (here.length > 0) {
      const name = here.findLast((step) => typeof step === 'string') ?? '';
      const same = isScalar(value) && isScalar(at) && value !== null && String(at) === String(value);
      const likeName = name === wanted ? 3 : isAlike(name, wanted) ? 2 : 0;
      const sharedSteps =
        here.slice(0, -1).filter((step) => path.includes(step)).length + (typeof here.at(-1) === 'number' && here.at(-1) === path.at(-1) ? 1 : 0);
      const likeness = (same ? 3 : 0) + likeName + sharedSteps;
      const fits = likeName > 0 || (same && sharedSteps > 0);
      if (fits && likeness >= (same ? leastLikeness : 3) && likeness > (best?.likeness ?? 0)) best = { place: { path: [...here], exact: same }, likeness };
    }
    if (Array.isArray(at)) (at as readonly JsonValue[]).forEach((item, index) => visit(item, [...here, index]));
    else if (isJsonObject(at)) {
      for (const [key, item] of Object.entries(at))
        if (here.length > 0 || (key !== 'patch' && key !== 'manifest' && key !== 'type')) visit(item, [...here, key]);
    }
  };
  visit(data, []);
  return best?.place;
}

/** `containerPort` and `port`, `matchLabels` and `labels`. */
function isAlike(name: string, wanted: string): boolean {
  const [one, other] = [name.toLowerCase(), wanted.toLowerCase()];
  return one.length > 2 && other.length > 2 && (one.includes(other) || other.includes(one));
}

function isScalar(value: JsonValue | undefined): value is string | number | boolean | null {
  return value !== undefined && (value === null || typeof value !== 'object');
}
