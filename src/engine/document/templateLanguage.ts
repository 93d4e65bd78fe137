import type { OpenApi } from '../../openapi/index';
import type { JsonPath } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { TextPosition } from '../../shared/problem';
import { placedData } from '../fileProblems';
import type { Completion, HoverText } from './language';
import { LineIndex } from './lineIndex';
import type { ObjectIdentity } from './objectLanguage';
import { objectMeaning, objectOffers } from './objectLanguage';
import { textContextAt } from './textContext';

/** Where a file of the workspace has the object that it makes: a template is that object, a plugin holds it under `template`. */
export type TemplateFile = 'template' | 'plugin';

/** What may be typed in the object of a template or plugin whose apiVersion and kind stand there and are known. */
export function templateCompletionsAt(text: string, position: TextPosition, file: TemplateFile, openApi: OpenApi): readonly Completion[] {
  const context = textContextAt(text, position);
  const place = context.isComment ? undefined : placeIn(text, context.path, file);
  if (place === undefined) return [];
  const { typed, key, start, end } = context;
  const held = valueAt(place.data, context.path);
  const present = new Set(isJsonObject(held) ? Object.keys(held) : []);
  const range = { start: { line: position.line, character: start }, end: { line: position.line, character: end } };
  return objectOffers(openApi, place.identity, place.path, key)
    .filter(({ label }) => key !== undefined || label === typed || !present.has(label))
    .map((offer) => ({ ...offer, range }));
}

/** What the field of that object under a position means. */
export function templateHoverAt(text: string, position: TextPosition, file: TemplateFile, openApi: OpenApi): HoverText | undefined {
  const placed = placedData(text);
  const path = placed.pathAt(new LineIndex(text).offsetAt(position));
  const range = placed.rangeAt(path, 'key');
  if (range?.start.line !== position.line || position.character < range.start.character || position.character > range.end.character) return undefined;
  const place = placeIn(text, path, file);
  const words = place === undefined ? undefined : objectMeaning(openApi, place.identity, place.path);
  return words === undefined ? undefined : { text: words, range };
}

function placeIn(
  text: string,
  path: JsonPath,
  file: TemplateFile,
): { readonly identity: ObjectIdentity; readonly path: JsonPath; readonly data: ReturnType<typeof placedData>['data'] } | undefined {
  if (file === 'plugin' && path[0] !== 'template') return undefined;
  const { data } = placedData(text);
  const object = file === 'plugin' ? valueAt(data, ['template']) : data;
  const crd = file === 'plugin' ? valueAt(data, ['crd']) : undefined;
  const written = (key: string): string | undefined => {
    const value = valueAt(object, [key]);
    return typeof value === 'string' ? value : undefined;
  };
  const group = valueAt(crd, ['group']);
  const version = valueAt(crd, ['version']);
  const kind = valueAt(crd, ['kind']);
  // What a plugin's template leaves out, the plugin's own definition says.
  const identity = {
    apiVersion: written('apiVersion') ?? (typeof group === 'string' && typeof version === 'string' ? `${group}/${version}` : undefined),
    kind: written('kind') ?? (typeof kind === 'string' ? kind : undefined),
    isPatch: false,
  };
  return { identity, path: file === 'plugin' ? path.slice(1) : path, data };
}
