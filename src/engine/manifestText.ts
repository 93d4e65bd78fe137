import { stringify } from 'yaml';
import type { KubeObject } from '../shared/kubeObject';
import type { RenderedObject } from './render';

/** Objects as one YAML stream that kubectl reads; a comment names the keys of a Secret whose values join only when it is applied. */
export function manifestYaml(objects: readonly RenderedObject[]): string {
  return objects
    .map(({ object, secretKeys }) => {
      const note = secretKeys.length === 0 ? '' : `# The values of these keys join when it is applied: ${secretKeys.map(inComment).join(', ')}\n`;
      return `---\n${note}${objectYaml(object)}`;
    })
    .join('');
}

/** A name that cannot end the comment that it stands in: YAML 1.1 knows line ends that no keyboard has. */
function inComment(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One object as YAML. Text that YAML 1.1 would read as something else is quoted, because kubectl reads 1.1. */
export function objectYaml(object: KubeObject): string {
  return stringify(object, { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** Objects as a `List`, which kubectl reads too. */
export function manifestJson(objects: readonly RenderedObject[]): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.map(({ object }) => object) }, undefined, 2)}\n`;
}
