import type { DocumentOptions, ParseOptions, SchemaOptions } from 'yaml';

/**
 * YAML as kubectl reads it: 1.1 (`0644` is 420, `on` is true) with merge keys, but without the sexagesimal numbers and the timestamps
 * that Go's parser leaves as text. `uniqueKeys` is off because the library compares every key with every other; see `buildTree`.
 */
export const kubectlYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  schema: 'yaml-1.1',
  merge: true,
  uniqueKeys: false,
  keepSourceTokens: true,
  logLevel: 'silent',
  customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || (tag.format !== 'TIME' && tag.tag !== 'tag:yaml.org,2002:timestamp')),
};

/** Deepest nesting that is read, as in js-yaml: deeper text makes recursive code run out of stack. */
export const maxDepth = 100;
/** Longest text that is parsed, in UTF-16 units. */
export const maxCharacters = 2_000_000;
/** How many values all aliases of a file may stand for together. */
export const maxAliasValues = 10_000;
/** Findings of one kind that are told; a hostile file has one for each character. */
export const maxFindings = 100;
