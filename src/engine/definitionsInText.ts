import type { KindDefinition } from '../openapi/index';
import { definitionsIn } from '../openapi/index';
import { maxFileLength } from './fileProblems';
import { objectsFromManifest } from './manifestObjects';

/** Kinds that the CustomResourceDefinitions of a YAML or JSON file make. A text that is broken, too long or holds none gives none: it is somebody else's file. */
export function definitionsInText(text: string): readonly KindDefinition[] {
  if (text.length > maxDefinitionsLength || !text.includes('CustomResourceDefinition')) return [];
  // Of a file with many, each is read by itself: one that is broken, or too long to be read in passing, takes nothing from the others.
  return text.split(/^---[ \t]*(?:#.*)?\r?$/m).flatMap((document) => {
    if (document.length > maxFileLength || !document.includes('CustomResourceDefinition')) return [];
    try {
      return objectsFromManifest(document).flatMap((object) => definitionsIn(JSON.parse(JSON.stringify(object)) as never));
    } catch {
      // What is wrong with the file is told by whoever checks such files; here it only means that a kind stays unknown.
      return [];
    }
  });
}

/** The bundles of the largest operators have about 4 MB. */
const maxDefinitionsLength = 6_000_000;
