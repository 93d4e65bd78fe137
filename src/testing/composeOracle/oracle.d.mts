import type { JsonValue } from '../../shared/json';
import type { ComposeCase } from './cases.mjs';

/** The resolved project, or why compose-go refuses it. */
export interface OracleAnswer {
  readonly name: string;
  readonly project?: JsonValue;
  readonly refused?: string;
}
/** Builds the Go program (module compose-go, Apache-2.0) and asks it about all cases at once; answers by their names. */
export declare function askOracle(cases: readonly ComposeCase[]): Promise<ReadonlyMap<string, OracleAnswer>>;
