// Objects as text. Stored objects never change, so the text of each is made once, whoever asks for it how often.
import { stringify } from 'yaml';
import type { KubeObject } from './objects';

const bareTexts = new WeakMap<KubeObject, string>();

/** JSON without apiVersion and kind: so the items of a typed list stand on the wire. */
export function itemText(object: KubeObject): string {
  let text = bareTexts.get(object);
  if (text === undefined) {
    const { apiVersion: _apiVersion, kind: _kind, ...bare } = object;
    text = JSON.stringify(bare);
    bareTexts.set(object, text);
  }
  return text;
}

/** JSON of the whole object, kind and apiVersion first. */
export function objectText(object: KubeObject): string {
  return `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},${itemText(object).slice(1)}`;
}

export function yamlOf(json: string): string {
  return stringify(JSON.parse(json), { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 });
}
