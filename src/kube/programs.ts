import { createHash } from 'node:crypto';
import type { Clock } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { isJsonObject } from '../shared/json';
import type { JsonObject, JsonValue } from '../shared/json';
import { cleanLine, redactText } from './clean';
import type { PluginPolicy } from './pluginPolicy';
import { findProgram, ProgramDigests, searchedPath } from '../node/programFile';
import { runProgram } from './programRun';
import { badCredentials, bearerProof, certificateProof, joined } from './proofs';
import type { Proof, ProofSource } from './proofs';
import type { Environment } from './proxies';

/** A program that a kubeconfig wants to run to get credentials. All texts are cleaned. */
export interface ProgramRequest {
  readonly context: string;
  readonly user: string;
  /** The kubeconfig. */
  readonly source: string;
  /** As the kubeconfig has it. */
  readonly command: string;
  /** The file that would be started, absolute. */
  readonly path: string;
  readonly args: readonly string[];
  /** Names of the variables that the kubeconfig gives it; the values may be secret. */
  readonly environment: readonly string[];
  /** SHA-256 of the program's file, symbolic links followed. */
  readonly fileDigest: string;
  /** Changes with path, arguments, variables (values too) and the content of the file: consent is given to this digest and to nothing else. */
  readonly digest: string;
}

/** Asked before a program runs, and again when anything of it has changed. Without a clear yes nothing of it is started. */
export type AllowPrograms = (request: ProgramRequest) => Promise<boolean>;

/** A checked `exec` entry of a kubeconfig's user. */
export interface ProgramSettings {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint: string;
  /** What the program is told of the cluster, when it wants to know. */
  readonly cluster: JsonObject | undefined;
}

const versions: readonly string[] = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

const wordOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? cleanLine(value, 128) : 'something that is no text');

/**
 * Reads an `exec` entry. `interactiveMode` is honoured: there is no terminal here, so a program that always needs one is refused.
 * @throws Error in one clean line
 */
export function programSettings(exec: JsonObject, cluster: JsonObject): ProgramSettings {
  const { command, args, env, apiVersion, interactiveMode, installHint } = exec;
  if (typeof command !== 'string' || command === '' || command.includes('\0')) throw new Error('its credential program has no command');
  const version = apiVersion ?? versions[0];
  if (typeof version !== 'string' || !versions.includes(version))
    throw new Error(`the credential program "${cleanLine(command, 256)}" wants ${wordOf(version)}; understood are ${versions.join(' and ')}`);
  const mode = interactiveMode ?? 'IfAvailable';
  if (mode === 'Always') throw new Error(`the credential program "${cleanLine(command, 256)}" needs a terminal (interactiveMode: Always)`);
  if (mode !== 'Never' && mode !== 'IfAvailable') throw new Error(`the credential program "${cleanLine(command, 256)}" has an unknown interactiveMode`);
  const list = args ?? [];
  const variables = env ?? [];
  if (!Array.isArray(list) || !Array.isArray(variables))
    throw new Error(`the credential program "${cleanLine(command, 256)}" has args or env that are no list`);
  return {
    apiVersion: version,
    command,
    args: (list as readonly JsonValue[]).map((argument) => {
      if (typeof argument !== 'string' && typeof argument !== 'number' && typeof argument !== 'boolean')
        throw new Error('an argument of its credential program is no text');
      if (String(argument).includes('\0')) throw new Error('an argument of its credential program holds a NUL');
      return String(argument);
    }),
    env: (variables as readonly JsonValue[]).map((variable) => {
      const name = isJsonObject(variable) ? variable['name'] : undefined;
      const value = isJsonObject(variable) ? (variable['value'] ?? '') : undefined;
      if (typeof name !== 'string' || name === '' || /[=\0]/.test(name) || typeof value !== 'string' || value.includes('\0'))
        throw new Error('a variable of its credential program has no proper name or value');
      return { name, value };
    }),
    installHint: typeof installHint === 'string' ? cleanLine(installHint, 1_024) : '',
    cluster: exec['provideClusterInfo'] === true ? cluster : undefined,
  };
}

export interface ProgramParts {
  readonly settings: ProgramSettings;
  readonly context: string;
  readonly user: string;
  readonly source: string;
  /** The person's own environment: PATH is searched in it, and the program gets it. */
  readonly environment: Environment;
  readonly policy: PluginPolicy;
  readonly allow: AllowPrograms | undefined;
  readonly clock: Clock;
}

const earliestMs = 30_000;
/** What a program calls expired already is used all the same, as kubectl does, but the program is not run for each request. */
const shortestMs = 1_000;
/** A program that failed is left alone for a moment, however many requests are waiting. */
const failurePauseMs = 3_000;
/** A server that refuses even fresh credentials would otherwise be answered by a start of the program for each request. */
const refusalPauseMs = 10_000;

interface Answer {
  readonly proof: Proof;
  readonly madeAtMs: number;
  readonly renewAtMs: number;
  readonly renewed: boolean;
}

/** Credentials from a program, asked once and kept until shortly before they end or until a server refuses them. */
export class ProgramProof implements ProofSource {
  readonly #parts: ProgramParts;
  readonly #digests = new ProgramDigests();
  readonly #closing = new AbortController();
  #allowed: string | undefined;
  #answer: Answer | undefined;
  #run: Promise<Answer> | undefined;
  #refused = false;
  #failed: { readonly atMs: number; readonly error: unknown } | undefined;

  constructor(parts: ProgramParts) {
    this.#parts = parts;
  }

  /** Asks for consent to what would run now, without running it. @throws ClusterError when there is no program or no consent */
  async prepare(): Promise<void> {
    await this.#consented();
  }

  async current(): Promise<Proof> {
    const answer = this.#answer;
    if (answer !== undefined && this.#parts.clock.now() < answer.renewAtMs) return answer.proof;
    if (this.#failed !== undefined && this.#parts.clock.now() - this.#failed.atMs < failurePauseMs) throw this.#failed.error;
    this.#run ??= this.#start().then(
      (made) => {
        this.#run = this.#failed = undefined;
        return made;
      },
      (error: unknown) => {
        this.#run = undefined;
        this.#failed = { atMs: this.#parts.clock.now(), error };
        throw error;
      },
    );
    return (await this.#run).proof;
  }

  refused(proof: Proof): boolean {
    const answer = this.#answer;
    if (answer === undefined || answer.proof !== proof) return true;
    if (answer.renewed && this.#parts.clock.now() - answer.madeAtMs < refusalPauseMs) return false;
    this.#answer = undefined;
    this.#refused = true;
    return true;
  }

  dispose(): void {
    this.#closing.abort();
  }

  async #start(): Promise<Answer> {
    const { settings, clock, environment } = this.#parts;
    const path = await this.#consented();
    const info = {
      apiVersion: settings.apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false, ...(settings.cluster === undefined ? {} : { cluster: settings.cluster }) },
    };
    const given: Record<string, string> = {};
    for (const [name, value] of Object.entries(environment)) if (value !== undefined) given[name] = value;
    for (const { name, value } of settings.env) given[name] = value;
    given['KUBERNETES_EXEC_INFO'] = JSON.stringify(info);
    const secrets = settings.env.map(({ value }) => value);
    let proof: Proof;
    try {
      proof = this.#proofIn(await runProgram({ path, args: settings.args, environment: given, clock, signal: this.#closing.signal }));
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      throw badCredentials(this.#sentence(`failed: ${error instanceof Error ? error.message : String(error)}`), secrets);
    }
    const madeAtMs = clock.now();
    const lifeMs = (proof.signIn.expiresAtMs ?? Infinity) - madeAtMs;
    const answer = { proof, madeAtMs, renewAtMs: madeAtMs + Math.max(shortestMs, lifeMs - Math.min(earliestMs, lifeMs / 4)), renewed: this.#refused };
    this.#refused = false;
    this.#answer = answer;
    return answer;
  }

  /** The path to start, for which there is consent as it is at this moment. */
  async #consented(): Promise<string> {
    const { settings, environment, policy, allow, context, user, source } = this.#parts;
    const { command, args, env } = settings;
    if (policy.type === 'DenyAll') throw badCredentials(this.#sentence('was not started: your kuberc allows no credential programs'));
    const path = await findProgram(command, environment);
    if (path === undefined) {
      const hint = settings.installHint === '' ? '' : `. ${settings.installHint}`;
      throw badCredentials(this.#sentence(`was not found (PATH: ${cleanLine(searchedPath(environment), 2_048)})${hint}`));
    }
    if (policy.type === 'Allowlist') {
      const listed = await Promise.all(policy.commands.map((one) => findProgram(one, environment)));
      if (!listed.includes(path)) throw badCredentials(this.#sentence('was not started: it is not on the allowlist of your kuberc'));
    }
    let fileDigest: string;
    try {
      fileDigest = await this.#digests.of(path);
    } catch {
      throw badCredentials(this.#sentence('was not started: its file cannot be read, so nobody can tell what would run'));
    }
    const digest = createHash('sha256')
      .update(JSON.stringify([path, args, env, fileDigest]))
      .digest('hex');
    if (digest === this.#allowed) return path;
    const request: ProgramRequest = {
      context: cleanLine(context, 512),
      user: cleanLine(user, 512),
      source,
      command: cleanLine(command, 1_024),
      path: cleanLine(path, 4_096),
      args: args.map((argument) => cleanLine(argument, 4_096)),
      environment: env.map(({ name }) => cleanLine(name, 256)),
      fileDigest,
      digest,
    };
    if (allow === undefined || !(await allow(request))) throw badCredentials(this.#sentence('was not started: running it was not allowed'));
    // While a person thought about it, the file may have become another one.
    if ((await this.#digests.of(path).catch(() => '')) !== fileDigest) return this.#consented();
    this.#allowed = digest;
    return path;
  }

  #sentence(what: string): string {
    return `the credential program "${cleanLine(this.#parts.settings.command, 512)}" ${what}`;
  }

  #proofIn(output: string): Proof {
    const { settings } = this.#parts;
    let answer: JsonValue;
    try {
      answer = JSON.parse(output) as JsonValue;
    } catch {
      throw new Error('its answer is no JSON');
    }
    if (!isJsonObject(answer) || answer['kind'] !== 'ExecCredential') throw new Error('its answer is no ExecCredential');
    const version = answer['apiVersion'] ?? settings.apiVersion;
    if (version !== settings.apiVersion) throw new Error(`it answered in ${wordOf(version)} although ${settings.apiVersion} was asked`);
    const status = isJsonObject(answer['status']) ? answer['status'] : {};
    const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = status;
    const untilMs = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN;
    const said = Number.isNaN(untilMs) ? {} : { expiresAtMs: untilMs };
    const provider = cleanLine(redactText(settings.command), 256);
    const withToken = typeof token === 'string' && token.trim() !== '' ? bearerProof(token.trim(), 'program', { provider, ...said }) : undefined;
    if ((typeof certificate === 'string') !== (typeof key === 'string')) throw new Error('it gave a certificate without a key, or a key without a certificate');
    const pair = typeof certificate === 'string' && typeof key === 'string' ? certificateProof(certificate, key, 'program') : undefined;
    const withPair = pair === undefined ? undefined : { ...pair, signIn: { ...pair.signIn, provider, ...said } };
    if (withPair !== undefined) return withToken === undefined ? withPair : joined(withPair, withToken);
    if (withToken === undefined) throw new Error('its answer holds neither a token nor a certificate');
    return withToken;
  }
}
