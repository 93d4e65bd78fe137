import type * as vscode from 'vscode';
import type { Clock } from '../../engine/ports';
import type { ProgramRequest } from '../../kube/index';

/** `always` is kept by the program's digest until it is revoked, `once` until the window closes. */
export type ConsentAnswer = 'always' | 'once' | 'no';

/** What is kept of an allowed program. Its arguments are not: they may hold credentials, and the digest covers them. */
export interface AllowedProgram {
  readonly digest: string;
  /** The file, absolute. */
  readonly path: string;
  readonly context: string;
  readonly user: string;
  readonly source: string;
  readonly allowedAtMs: number;
}

export interface ProgramConsentParts {
  readonly state: Pick<vscode.Memento, 'get' | 'update'>;
  readonly isTrusted: () => boolean;
  /** Asks the person; giving up counts as `no`. */
  readonly ask: (program: ProgramRequest) => Promise<ConsentAnswer>;
  readonly clock: Clock;
}

const stateKey = 'allowedPrograms';

/**
 * Consent to run the programs that kubeconfigs name. It is given to a digest, so a program that changes (its file, path,
 * arguments or environment) is asked about anew. An untrusted workspace runs none, whatever was allowed before.
 */
export class ProgramConsent {
  readonly #parts: ProgramConsentParts;
  readonly #once = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #asking = new Map<string, Promise<boolean>>();
  /** Raised by revoking and clearing: an answer to a question that was asked before counts for nothing. */
  #generation = 0;

  constructor(parts: ProgramConsentParts) {
    this.#parts = parts;
  }

  /** Answers from what was said before and never asks: for work that nobody waits for. */
  isAllowed(program: Pick<ProgramRequest, 'digest'>): boolean {
    if (!this.#parts.isTrusted()) return false;
    return this.#once.has(program.digest) || this.list().some(({ digest }) => digest === program.digest);
  }

  /** Asks where nothing was said yet. All who want the same program wait for one question; a no holds until `askAgain`. */
  allow(program: ProgramRequest): Promise<boolean> {
    if (this.isAllowed(program)) return Promise.resolve(true);
    if (!this.#parts.isTrusted() || this.#refused.has(program.digest)) return Promise.resolve(false);
    let asking = this.#asking.get(program.digest);
    if (asking === undefined) {
      asking = this.#ask(program).finally(() => this.#asking.delete(program.digest));
      this.#asking.set(program.digest, asking);
    }
    return asking;
  }

  /** A person chose a target anew, which is the way back after a refusal. What was allowed stays allowed. */
  askAgain(): void {
    this.#refused.clear();
  }

  list(): readonly AllowedProgram[] {
    const kept: unknown = this.#parts.state.get(stateKey);
    return Array.isArray(kept) ? kept.filter(isAllowedProgram) : [];
  }

  async revoke(digests: readonly string[]): Promise<void> {
    this.#generation++;
    for (const digest of digests) this.#once.delete(digest);
    await this.#parts.state.update(
      stateKey,
      this.list().filter(({ digest }) => !digests.includes(digest)),
    );
  }

  async clear(): Promise<void> {
    this.#generation++;
    this.#once.clear();
    this.#refused.clear();
    await this.#parts.state.update(stateKey, undefined);
  }

  async #ask(program: ProgramRequest): Promise<boolean> {
    const generation = this.#generation;
    const answer = await this.#parts.ask(program);
    if (generation !== this.#generation || !this.#parts.isTrusted()) return false;
    if (answer === 'no') {
      this.#refused.add(program.digest);
      return false;
    }
    this.#once.add(program.digest);
    if (answer === 'always') {
      const { digest, path, context, user, source } = program;
      const others = this.list().filter((one) => one.digest !== digest);
      await this.#parts.state.update(stateKey, [...others, { digest, path, context, user, source, allowedAtMs: this.#parts.clock.now() }]);
    }
    return true;
  }
}

/** What is kept outlives the version that wrote it. */
function isAllowedProgram(value: unknown): value is AllowedProgram {
  const program = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return ['digest', 'path', 'context', 'user', 'source'].every((key) => typeof program[key] === 'string') && typeof program['allowedAtMs'] === 'number';
}
