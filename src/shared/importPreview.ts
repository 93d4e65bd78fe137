/** One thing of the source that the workflow has not, or has in another way. */
export interface ImportLoss {
  /** `lost`: it has no equal and is left out. `changed`: it is carried, but means something else now. `note`: nothing is missing; good to know. */
  readonly kind: 'lost' | 'changed' | 'note';
  /** What it is, such as `services.web.cap_add.0`. */
  readonly path: string;
  readonly file: string;
  /** From 1; 0 where the source has no lines. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
  readonly todo: string;
}

/** Lines of a source file, from 1, that a node was made of. */
export interface SourceRange {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
}

/** By node id. A node that was read from a cluster has no lines. */
export type NodeSources = Readonly<Record<string, readonly SourceRange[]>>;

export const choiceKinds = ['workload', 'variable', 'mount', 'node', 'conflict'] as const;

/**
 * Something that an import decided and that a person may decide otherwise. `workload`: of which kind it is. `variable`: whether its value is a
 * secret. `mount`: what is mounted. `node`: whether it comes along. `conflict`: the file and the source say different things since the last import.
 */
export interface ImportChoice {
  /** Names it in every import of the same source: `mount:web./data`. */
  readonly key: string;
  readonly kind: (typeof choiceKinds)[number];
  /** The node that it is about. */
  readonly node: string;
  /** What of the node: a variable, a path in the container, a field. Empty when it is the whole node. */
  readonly subject: string;
  readonly value: string;
  /** What can be chosen, `value` among it. */
  readonly options: readonly string[];
  /** Why it is as it is when nobody chooses. */
  readonly reason: string;
}

/** What was chosen, by key. What is not in it is left to the import. */
export type ImportChoices = Readonly<Record<string, string>>;
