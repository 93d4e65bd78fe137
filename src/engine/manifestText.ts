import { stringify } from 'yaml';
import type { KubeObject } from '../shared/kubeObject';
import type { RenderedObject } from './render';

/** Objects as one YAML stream that kubectl reads; a comment names the keys of a Secret whose values join only when it is applied. */
export function manifestYaml(objects: readonly RenderedObject[]): string {
  return objects
    .map(({ object, secretKeys }) => {
      const note = secretKeys.length === 0 ? '' : `# The values of these keys join when it is applied: ${secretKeys.join(', ')}\n`;
      return `---\n${note}${objectYaml(object)}`;
    })
    .join('');
}

/** One object as YAML. Text that YAML 1.1 would read as something else is quoted, because kubectl reads 1.1. */
export function objectYaml(object: KubeObject): string {
  return stringify(object, { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** Objects as a `List`, which kubectl reads too. */
export function manifestJson(objects: readonly RenderedObject[]): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.map(({ object }) => object) }, undefined, 2)}\n`;
}
