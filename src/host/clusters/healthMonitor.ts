import type { Clock, Cluster, Logger } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { ClusterMetadata, HealthRecord, ShownHealth } from './clusterHealth';
import { about } from '../doctor/report';
import { shownHealth, staleAfterMs, statusOfFailure } from './clusterHealth';

const cycleEveryMs = 60_000;
const cycleLimitMs = 30_000;
const pingLimitMs = 5_000;
/** Somebody waits, and a program that signs in may need most of it. */
const askedPingLimitMs = 60_000;
const singleCheckLimitMs = 10_000;
const workers = 5;
/** A cluster that was checked since then, by whomever, is left alone by the cycle. */
const freshForMs = 30_000;
const metadataAgeMs = 600_000;

/** A cluster as the monitor opens it: held until disposed, opened without asking anybody anything. */
export interface OpenedForCheck extends Disposable {
  readonly cluster: Cluster;
}

/** One cluster to look after. */
export interface WatchedCluster {
  /** The same for the same cluster over the life of the window. */
  readonly id: string;
  /** For the log. */
  readonly label: string;
  /**
   * `sign-in` when opening it would start a program that nobody has agreed to, or ask for something; undefined when there is
   * nothing to open (a sandbox that is stopped). `quiet` false says that a person waits and may be asked.
   */
  open(quiet: boolean, signal: AbortSignal): Promise<OpenedForCheck | 'sign-in' | undefined>;
}

/** What happened to a cluster's record, for views and for whoever stores it. */
export interface HealthChange {
  readonly id: string;
  readonly label: string;
  readonly health: ShownHealth;
  /** False when only the time, the latency or the metadata are new. */
  readonly statusChanged: boolean;
  readonly metadataChanged: boolean;
}

interface Entry {
  record: HealthRecord | undefined;
  metadata: ClusterMetadata | undefined;
  /** The status word that listeners heard last, staleness taken into account. */
  told: string;
  /** Checks are numbered, so that one that comes back late does not speak over a later one. */
  asked: number;
  answered: number;
  running: number;
}

export interface HealthMonitorParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The clusters that the workspace uses now. Asked at the beginning of each cycle. */
  readonly clusters: () => Promise<readonly WatchedCluster[]>;
  readonly readMetadata: (cluster: Cluster, nowMs: number, signal: AbortSignal) => Promise<ClusterMetadata>;
  /** One sentence for a failure, in the reader's language. */
  readonly words: (error: unknown) => string;
}

/**
 * Checks the clusters that are in use: at once when something that shows them comes into view, then every 60 s, five at a time,
 * for as long as something shows them. It opens them quietly, so it starts no program without consent and asks for nothing.
 */
export class HealthMonitor implements Disposable {
  readonly #parts: HealthMonitorParts;
  readonly #entries = new Map<string, Entry>();
  readonly #changed: Emitter<HealthChange>;
  readonly onDidChange: Emitter<HealthChange>['on'];
  readonly #closing = new AbortController();
  #active = false;
  #timer: Disposable | undefined;
  #cycle: Promise<void> | undefined;

  constructor(parts: HealthMonitorParts) {
    this.#parts = parts;
    this.#changed = new Emitter((error) => parts.logger.error("A listener to the clusters' health failed.", error));
    this.onDidChange = this.#changed.on;
  }

  /** Whether anything that shows clusters is in view. Turning it on checks at once what is not fresh. */
  setActive(active: boolean): void {
    if (this.#active === active || this.#closing.signal.aborted) return;
    this.#active = active;
    if (active) void this.checkAll();
    else this.#timer?.dispose();
  }

  healthOf(id: string): ShownHealth {
    const entry = this.#entries.get(id);
    return shownHealth(entry?.record, entry?.metadata, this.#parts.clock.now());
  }

  /** What an earlier window knew, shown until the first check; its status is as old as it says. */
  remember(id: string, record: HealthRecord | undefined, metadata: ClusterMetadata | undefined): void {
    if (this.#entries.has(id)) return;
    const entry = this.#entry(id);
    entry.record = record;
    entry.metadata = metadata;
    entry.told = this.healthOf(id).status;
  }

  forget(id: string): void {
    this.#entries.delete(id);
  }

  forgetAll(): void {
    this.#entries.clear();
  }

  /** One cycle, now. Joins the one that is under way. Never throws: what goes wrong is a status or a line in the log. */
  checkAll(): Promise<void> {
    this.#cycle ??= this.#runCycle().finally(() => {
      this.#cycle = undefined;
      this.#timer?.dispose();
      if (this.#active && !this.#closing.signal.aborted) this.#timer = this.#parts.clock.after(cycleEveryMs, () => void this.checkAll());
    });
    return this.#cycle;
  }

  /**
   * Checks one cluster now, however fresh its record is, and gives what came of it. A person waits for this one: with `quiet`
   * false the cluster may ask to sign in. The metadata are read when they are old.
   * `limitMs` is how long it may take from when the cluster is open: a person may take their time to answer what opening asks.
   */
  async checkSingleCluster(
    cluster: WatchedCluster,
    options: { readonly quiet: boolean; readonly limitMs?: number; readonly signal?: AbortSignal },
  ): Promise<ShownHealth> {
    await this.#check(cluster, options.quiet, signalOf(this.#closing.signal, options.signal), options.limitMs ?? singleCheckLimitMs);
    return this.healthOf(cluster.id);
  }

  dispose(): void {
    this.#closing.abort();
    this.#timer?.dispose();
    this.#changed.dispose();
    this.#entries.clear();
  }

  async #runCycle(): Promise<void> {
    const { clock, logger } = this.#parts;
    let all: readonly WatchedCluster[];
    try {
      all = await this.#parts.clusters();
    } catch (error) {
      logger.warn(`The clusters in use could not be listed: ${this.#parts.words(error)}`);
      return;
    }
    const stop = new AbortController();
    const limit = clock.after(cycleLimitMs, () => stop.abort());
    const signal = signalOf(stop.signal, this.#closing.signal);
    const checkedAtMs = ({ id }: WatchedCluster): number => this.#entries.get(id)?.record?.atMs ?? -Infinity;
    // Those that have waited longest go first, so that many that keep silent cannot keep one from being checked for ever.
    const queue = all.filter((one) => clock.now() - checkedAtMs(one) >= freshForMs).sort((a, b) => checkedAtMs(a) - checkedAtMs(b) || 0);
    const worker = async (): Promise<void> => {
      for (;;) {
        // What is not reached in time is not checked; its record grows old and reads `unknown`.
        const next = signal.aborted ? undefined : queue.shift();
        if (next === undefined) return;
        await this.#check(next, true, signal);
      }
    };
    try {
      await Promise.all(Array.from({ length: workers }, worker));
    } finally {
      limit.dispose();
    }
    this.#forgetUnused(new Set(all.map(({ id }) => id)));
    this.#tellStale(all);
  }

  /** @param limitMs how long it may take from when the cluster is open; without it the signal alone decides */
  async #check(cluster: WatchedCluster, quiet: boolean, signal: AbortSignal, limitMs?: number): Promise<void> {
    const { clock } = this.#parts;
    const entry = this.#entry(cluster.id);
    const number = ++entry.asked;
    entry.running++;
    let opened: OpenedForCheck | 'sign-in' | undefined;
    let record: HealthRecord | undefined;
    const stop = new AbortController();
    let limit: Disposable | undefined;
    const within = signalOf(stop.signal, signal);
    try {
      opened = await unlessAborted(cluster.open(quiet, signal), signal);
      if (limitMs !== undefined) limit = clock.after(limitMs, () => stop.abort());
      if (opened === undefined) record = { status: 'disconnected', reachable: false, atMs: clock.now() };
      else if (opened === 'sign-in') record = { status: 'unknown', reachable: false, atMs: clock.now(), needsSignIn: true };
      else record = await this.#ping(opened.cluster, quiet ? pingLimitMs : askedPingLimitMs, within);
    } catch (error) {
      if (!within.aborted) record = this.#failed(error);
      else if (!signal.aborted) record = this.#silent(limitMs ?? 0);
    }
    try {
      // A check that was cut off by the end of its cycle or by a person has learnt nothing.
      if (record === undefined || number < entry.answered || this.#entries.get(cluster.id) !== entry) return;
      entry.answered = number;
      entry.record = record;
      this.#tell(cluster, entry, false);
      if (record.status === 'connected' && typeof opened === 'object') await this.#refreshMetadata(cluster, entry, opened.cluster, within);
    } finally {
      limit?.dispose();
      entry.running--;
      if (typeof opened === 'object') opened.dispose();
    }
  }

  async #ping(cluster: Cluster, limitMs: number, signal: AbortSignal): Promise<HealthRecord> {
    const { clock } = this.#parts;
    const stop = new AbortController();
    const late = clock.after(limitMs, () => stop.abort());
    try {
      const latencyMs = await unlessAborted(cluster.ping(signalOf(stop.signal, signal)), stop.signal);
      return { status: 'connected', reachable: true, latencyMs, atMs: clock.now() };
    } catch (error) {
      if (stop.signal.aborted && !signal.aborted) return this.#silent(limitMs);
      throw error;
    } finally {
      late.dispose();
    }
  }

  #silent(limitMs: number): HealthRecord {
    return { status: 'disconnected', reachable: false, atMs: this.#parts.clock.now(), detail: this.#parts.words(new NoAnswer(limitMs)) };
  }

  #failed(error: unknown): HealthRecord {
    // A session has ended: nothing is wrong with the cluster, and only a person can go on.
    if (error instanceof ClusterError && error.failure.reason === 'SignInAgain')
      return { status: 'unknown', reachable: false, atMs: this.#parts.clock.now(), needsSignIn: true, detail: this.#parts.words(error) };
    const judged = error instanceof ClusterError ? statusOfFailure(error.failure) : { status: 'error' as const, reachable: false };
    return { ...judged, atMs: this.#parts.clock.now(), detail: this.#parts.words(error) };
  }

  async #refreshMetadata(cluster: WatchedCluster, entry: Entry, opened: Cluster, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    if (entry.metadata !== undefined && clock.now() - entry.metadata.lastUpdatedMs < metadataAgeMs) return;
    try {
      const metadata = await this.#parts.readMetadata(opened, clock.now(), signal);
      if (this.#entries.get(cluster.id) !== entry) return;
      const isNews = JSON.stringify({ ...entry.metadata, lastUpdatedMs: 0 }) !== JSON.stringify({ ...metadata, lastUpdatedMs: 0 });
      entry.metadata = metadata;
      this.#tell(cluster, entry, isNews);
    } catch (error) {
      // The next cycle reads them again; the status has been told already and does not depend on them.
      if (!signal.aborted) logger.warn(about(cluster.label, `its metadata could not be read: ${this.#parts.words(error)}`));
    }
  }

  #tell(cluster: WatchedCluster, entry: Entry, metadataChanged: boolean): void {
    const statusBefore = entry.told;
    const health = this.healthOf(cluster.id);
    entry.told = health.status;
    const statusChanged = health.status !== statusBefore;
    if (statusChanged) {
      const why = health.needsSignIn ? 'needs a sign-in' : (health.detail ?? (health.latencyMs === undefined ? '' : `${health.latencyMs} ms`));
      this.#parts.logger.info(about(cluster.label, `${statusBefore} -> ${health.status}${why === '' ? '' : ` (${why})`}`));
    }
    this.#changed.emit({ id: cluster.id, label: cluster.label, health, statusChanged, metadataChanged });
  }

  /** A record that grew old without a new one reads `unknown` now; views hear of it here, since no check will tell them. */
  #tellStale(all: readonly WatchedCluster[]): void {
    for (const cluster of all) {
      const entry = this.#entries.get(cluster.id);
      if (entry !== undefined && this.healthOf(cluster.id).status !== entry.told) this.#tell(cluster, entry, false);
    }
  }

  #forgetUnused(used: ReadonlySet<string>): void {
    const nowMs = this.#parts.clock.now();
    for (const [id, { record, running }] of this.#entries)
      if (!used.has(id) && running === 0 && (record === undefined || nowMs - record.atMs > staleAfterMs)) this.#entries.delete(id);
  }

  #entry(id: string): Entry {
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      entry = { record: undefined, metadata: undefined, told: 'unknown', asked: 0, answered: 0, running: 0 };
      this.#entries.set(id, entry);
    }
    return entry;
  }
}

/** No answer came to a ping in time; worded at the edge. */
export class NoAnswer extends Error {
  readonly seconds: number;

  constructor(limitMs: number) {
    super(`no answer within ${limitMs / 1_000} s`);
    this.seconds = limitMs / 1_000;
  }
}

function signalOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

/** Rejects at once when the signal is aborted, whatever becomes of the work; what it still brings is disposed. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
      void work.then(
        (late) => typeof late === 'object' && late !== null && 'dispose' in late && (late as Disposable).dispose(),
        () => undefined,
      );
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
