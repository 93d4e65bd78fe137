export interface ComposeCase {
  readonly name: string;
  /** Texts by path. */
  readonly files: ReadonlyMap<string, string>;
  readonly paths: readonly string[];
  readonly profiles: readonly string[];
  readonly envFiles: readonly string[];
  /** `NAME=value` */
  readonly environment: readonly string[];
}
export declare const casesFolder: string;
export declare const goldenFolder: string;
export declare const projectsFolder: string;
export declare function composeCases(): Promise<readonly ComposeCase[]>;
