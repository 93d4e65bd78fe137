import { afterEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import { MemoryLogger } from '../../testing/memoryLogger';
import { VirtualClock } from '../../testing/virtualClock';
import type { ClusterMetadata } from './clusterHealth';
import { HealthMonitor, NoAnswer } from './healthMonitor';
import type { HealthChange, WatchedCluster } from './healthMonitor';

interface Fake {
  readonly watched: WatchedCluster;
  /** What the next pings do: a latency, a failure, or nothing at all. */
  answer: number | Error | 'silent' | 'sign-in' | 'stopped';
  pings: number;
  opens: { quiet: boolean }[];
  disposed: number;
}

const refused = (kind: ClusterError['failure']['kind'], code: number, reason = ''): ClusterError =>
  new ClusterError({ kind, code, reason, message: `${kind} ${reason}`.trim(), causes: [], conflicts: [], uncertain: false });

function rig(count: number, readMetadata?: (cluster: Cluster, nowMs: number, signal: AbortSignal) => Promise<ClusterMetadata>) {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const load = { inFlight: 0, most: 0 };
  const fakes = Array.from({ length: count }, (_, index): Fake => {
    const fake: Fake = {
      answer: 10,
      pings: 0,
      opens: [],
      disposed: 0,
      watched: {
        id: `cluster-${index}`,
        label: `cluster ${index}`,
        open: async (quiet) => {
          fake.opens.push({ quiet });
          if (fake.answer === 'sign-in') return 'sign-in';
          if (fake.answer === 'stopped') return undefined;
          return { cluster: { ping: (signal?: AbortSignal) => ping(fake, signal) } as Cluster, dispose: () => fake.disposed++ };
        },
      },
    };
    return fake;
  });
  const ping = async (fake: Fake, signal?: AbortSignal): Promise<number> => {
    fake.pings++;
    load.most = Math.max(load.most, ++load.inFlight);
    try {
      const { answer } = fake;
      // The virtual clock stands still while an answer is under way unless the answer takes time.
      await clock.sleep(answer === 'silent' ? 3_600_000 : typeof answer === 'number' ? answer : 1, signal);
      if (answer instanceof Error) throw answer;
      return typeof answer === 'number' ? answer : 0;
    } finally {
      load.inFlight--;
    }
  };
  const metadataReads: string[] = [];
  let used: readonly WatchedCluster[] = fakes.map(({ watched }) => watched);
  const monitor = new HealthMonitor({
    clock,
    logger,
    clusters: () => Promise.resolve(used),
    readMetadata:
      readMetadata ??
      ((_, nowMs) => {
        metadataReads.push('read');
        return Promise.resolve({ version: 'v1.36.3', lastUpdatedMs: nowMs });
      }),
    words: (error) => (error instanceof NoAnswer ? `no answer within ${error.seconds} s` : error instanceof Error ? error.message : String(error)),
  });
  const heard: HealthChange[] = [];
  monitor.onDidChange((change) => heard.push(change));
  monitors.push(monitor);
  const fake = (index = 0): Fake => {
    const found = fakes[index];
    if (found === undefined) throw new Error(`There is no cluster ${index}.`);
    return found;
  };
  const health = (index = 0) => monitor.healthOf(`cluster-${index}`);
  return { clock, logger, load, fakes, fake, health, monitor, heard, metadataReads, use: (next: readonly WatchedCluster[]) => (used = next) };
}

const monitors: HealthMonitor[] = [];
afterEach(() => monitors.splice(0).forEach((monitor) => monitor.dispose()));

describe('the health monitor', () => {
  it('does nothing before something shows clusters, checks at once when something does, then every minute, and pauses', async () => {
    const { clock, fake, health, monitor } = rig(1);
    await clock.advance(300_000);
    expect(fake().opens).toEqual([]);
    monitor.setActive(true);
    await clock.advance(10);
    expect(health()).toMatchObject({ status: 'connected', isOnline: true, latencyMs: 10, isStale: false });
    await clock.advance(59_000);
    expect(fake().pings).toBe(1);
    await clock.advance(1_000);
    expect(fake().pings).toBe(2);
    await clock.advance(600_000);
    expect(fake().pings).toBe(11);
    monitor.setActive(false);
    await clock.advance(600_000);
    expect(fake().pings).toBe(11);
    expect(clock.waiting).toBe(0);
    // What was known is shown as unknown until it has been asked again.
    expect(health()).toMatchObject({ status: 'unknown', isStale: true, isOnline: false });
    monitor.setActive(true);
    await clock.advance(10);
    expect(health()).toMatchObject({ status: 'connected', isStale: false });
  });

  it('has at most five of fifty clusters in flight, and reaches all of them', async () => {
    const { clock, load, fakes, health, monitor } = rig(50);
    for (const fake of fakes) fake.answer = 400;
    monitor.setActive(true);
    await clock.advance(4_000);
    expect(load.most).toBe(5);
    expect(fakes.map(({ pings }) => pings)).toEqual(fakes.map(() => 1));
    expect(fakes.map((_, index) => health(index).status)).toEqual(fakes.map(() => 'connected'));
    expect(fakes.map(({ disposed }) => disposed)).toEqual(fakes.map(() => 1));
  });

  it('ends a cycle after 30 s, gives up one ping after 5 s, and starts no second cycle meanwhile', async () => {
    const { clock, load, fakes, health, monitor } = rig(50);
    for (const fake of fakes) fake.answer = 'silent';
    monitor.setActive(true);
    void monitor.checkAll();
    await clock.advance(5_000);
    expect(fakes.filter((_, index) => health(index).status === 'disconnected')).toHaveLength(5);
    expect(health().detail).toBe('no answer within 5 s');
    await clock.advance(24_900);
    expect(load.inFlight).toBe(5);
    await clock.advance(100);
    expect(load.inFlight).toBe(0);
    // Six rounds of five fit into a cycle; the sixth is cut off with it and has learnt nothing.
    const reached = fakes.filter((_, index) => health(index).status === 'disconnected').length;
    expect(reached).toBeGreaterThanOrEqual(25);
    expect(reached).toBeLessThanOrEqual(30);
    expect(fakes.filter(({ pings }) => pings > 1)).toEqual([]);
    await clock.advance(60_000);
    expect(load.inFlight).toBe(5);
    expect(load.most).toBe(5);
  });

  it('leaves a cluster alone that was checked less than 30 s ago', async () => {
    const { clock, fake, monitor } = rig(2);
    await Promise.all([monitor.checkSingleCluster(fake().watched, { quiet: true }), clock.advance(20)]);
    await clock.advance(29_000);
    monitor.setActive(true);
    await clock.advance(20);
    expect([fake(0).pings, fake(1).pings]).toEqual([1, 1]);
    await clock.advance(60_000);
    expect([fake(0).pings, fake(1).pings]).toEqual([2, 2]);
  });

  it('calls a cluster by the right word', async () => {
    const { clock, fake, health, monitor } = rig(9);
    const answers: readonly Fake['answer'][] = [
      refused('unreachable', 0, 'ECONNREFUSED'),
      refused('unauthorized', 401, 'Unauthorized'),
      refused('unreachable', 0, 'DEPTH_ZERO_SELF_SIGNED_CERT'),
      refused('unavailable', 503),
      refused('forbidden', 403, 'Forbidden'),
      new Error('the kubeconfig cannot be read'),
      'sign-in',
      'stopped',
      refused('unauthorized', 0, 'SignInAgain'),
    ];
    answers.forEach((answer, index) => (fake(index).answer = answer));
    monitor.setActive(true);
    await clock.advance(20);
    expect(answers.map((_, index) => health(index).status)).toEqual([
      'disconnected',
      'error',
      'error',
      'disconnected',
      'connected',
      'error',
      'unknown',
      'disconnected',
      'unknown',
    ]);
    expect(health(8).needsSignIn).toBe(true);
    expect(health(6).needsSignIn).toBe(true);
    expect(health(1)).toMatchObject({ isOnline: true, detail: 'unauthorized Unauthorized' });
    expect(fake(6).pings).toBe(0);
    // It never opens anything in a way that could ask.
    expect(answers.flatMap((_, index) => fake(index).opens).every(({ quiet }) => quiet)).toBe(true);
  });

  it('tells and logs a status only when it changes', async () => {
    const { clock, fake, monitor, heard, logger } = rig(1);
    monitor.setActive(true);
    await clock.advance(180_100);
    expect(fake().pings).toBe(4);
    expect(heard.filter(({ statusChanged }) => statusChanged).map(({ health }) => health.status)).toEqual(['connected']);
    fake().answer = refused('unreachable', 0, 'ECONNREFUSED');
    await clock.advance(120_000);
    fake().answer = 7;
    await clock.advance(60_000);
    expect(heard.filter(({ statusChanged }) => statusChanged).map(({ health }) => health.status)).toEqual(['connected', 'disconnected', 'connected']);
    expect(logger.lines.filter((line) => line.includes('->'))).toEqual([
      'info cluster 0 – unknown -> connected (10 ms)',
      'info cluster 0 – connected -> disconnected (unreachable ECONNREFUSED)',
      'info cluster 0 – disconnected -> connected (7 ms)',
    ]);
  });

  it('tells that a status has grown old when no check could renew it, and gets to every cluster in its turn', async () => {
    const { clock, fakes, health, monitor, heard, fake } = rig(100);
    monitor.setActive(true);
    await clock.advance(1_000);
    expect(health(99).status).toBe('connected');
    // So many clusters that keep silent use up the next cycles before the last one is reached.
    for (const one of fakes.slice(0, 99)) one.answer = 'silent';
    await clock.advance(200_000);
    expect(fake(99).pings).toBe(1);
    expect(health(99)).toMatchObject({ status: 'unknown', isStale: true });
    await clock.advance(200_000);
    expect(fake(99).pings).toBe(2);
    expect(heard.filter(({ id, statusChanged }) => id === 'cluster-99' && statusChanged).map((change) => change.health.status)).toEqual([
      'connected',
      'unknown',
      'connected',
    ]);
  });

  it('reads metadata when there are none or they are older than ten minutes, and says when they differ', async () => {
    let version = 'v1.35.0';
    const reads: number[] = [];
    const { clock, monitor, heard, health } = rig(1, (_, nowMs) => {
      reads.push(nowMs);
      return Promise.resolve({ version, lastUpdatedMs: nowMs });
    });
    monitor.setActive(true);
    await clock.advance(599_000);
    expect(reads).toHaveLength(1);
    version = 'v1.36.3';
    await clock.advance(61_000);
    expect(reads).toHaveLength(2);
    expect(health().metadata?.version).toBe('v1.36.3');
    await clock.advance(660_000);
    expect(reads).toHaveLength(3);
    expect(heard.filter(({ metadataChanged }) => metadataChanged)).toHaveLength(2);
  });

  it('keeps the status when the metadata cannot be read', async () => {
    const { clock, monitor, health, logger } = rig(1, () => Promise.reject(refused('timeout', 0)));
    monitor.setActive(true);
    await clock.advance(100);
    expect(health().status).toBe('connected');
    expect(logger.lines.join('\n')).toContain('its metadata could not be read');
  });

  it('lets the answer that was asked for later speak, whichever comes first', async () => {
    const { clock, fake, monitor, health } = rig(1);
    fake().answer = 3_000;
    const slow = monitor.checkSingleCluster(fake().watched, { quiet: true });
    await clock.advance(1);
    fake().answer = refused('unauthorized', 401);
    const quick = monitor.checkSingleCluster(fake().watched, { quiet: true });
    await clock.advance(100);
    expect((await quick).status).toBe('error');
    await clock.advance(5_000);
    await slow;
    expect(health().status).toBe('error');
  });

  it('answers a person within ten seconds of opening, and takes as long as they need to open it', async () => {
    const { clock, fake, monitor, health } = rig(1);
    const open: WatchedCluster['open'] = (quiet, signal) => fake().watched.open(quiet, signal);
    const slow: WatchedCluster = {
      ...fake().watched,
      open: async (quiet, signal) => {
        await clock.sleep(120_000, signal);
        return open(quiet, signal);
      },
    };
    fake().answer = 'silent';
    const check = monitor.checkSingleCluster(slow, { quiet: false });
    await clock.advance(129_900);
    expect(health().lastCheckMs).toBeUndefined();
    await clock.advance(200);
    expect(await check).toMatchObject({ status: 'disconnected', detail: 'no answer within 10 s' });
    expect(fake().opens).toEqual([{ quiet: false }]);
  });

  it('learns nothing from a check that was cancelled, and frees what opens too late', async () => {
    const { clock, fake, monitor, health } = rig(1);
    const open: WatchedCluster['open'] = (quiet, signal) => fake().watched.open(quiet, signal);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const deaf: WatchedCluster = { ...fake().watched, open: (quiet, signal) => held.then(() => open(quiet, signal)) };
    const cancel = new AbortController();
    const check = monitor.checkSingleCluster(deaf, { quiet: true, signal: cancel.signal });
    cancel.abort();
    expect(await check).toMatchObject({ status: 'unknown' });
    release();
    await clock.advance(10);
    expect(fake().disposed).toBe(1);
    expect(health().lastCheckMs).toBeUndefined();
  });

  it('forgets a cluster that is no longer used once its status is old', async () => {
    const { clock, fakes, health, monitor, use } = rig(2);
    monitor.setActive(true);
    await clock.advance(100);
    use(fakes.slice(0, 1).map(({ watched }) => watched));
    await clock.advance(60_000);
    expect(health(1).lastCheckMs).toBeDefined();
    await clock.advance(120_000);
    expect(health(1).lastCheckMs).toBeUndefined();
    expect(health(0).status).toBe('connected');
  });

  it('shows what an earlier window knew as unknown until the first check', async () => {
    const { clock, fake, health, monitor } = rig(1);
    monitor.remember(
      'cluster-0',
      { status: 'connected', reachable: true, atMs: clock.now() - 3_600_000 },
      { version: 'v1.30.0', lastUpdatedMs: clock.now() - 60_000 },
    );
    expect(health()).toMatchObject({ status: 'unknown', isStale: true, metadata: { version: 'v1.30.0' } });
    monitor.setActive(true);
    await clock.advance(50);
    expect(health()).toMatchObject({ status: 'connected', metadata: { version: 'v1.30.0' } });
    expect(fake().pings).toBe(1);
  });
});
