import { expect, test } from 'vitest';
import { TestCluster } from '../tests/workloads';
import type { CronJob, Job } from '../workloadTypes';

const minuteMs = 60_000;
/** The virtual clock starts at the beginning of 2026. */
const slow = { 'sandbox.kubeorch.dev/runs-for-seconds': '90' };

function cronOf(spec: object = {}, annotations: Record<string, string> = {}): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default' },
    spec: {
      schedule: '* * * * *',
      jobTemplate: {
        spec: { template: { metadata: { annotations }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1' }] } } },
      },
      ...spec,
    },
  };
}

function cron(cluster: TestCluster): CronJob {
  return cluster.find('cronjobs', 'tick') as CronJob;
}

function jobs(cluster: TestCluster): Job[] {
  return cluster.all('jobs', 'default') as Job[];
}

test('a job starts each minute under a name that tells the time', () => {
  const cluster = new TestCluster();
  cluster.create('cronjobs', cronOf());
  cluster.clock.advance(minuteMs + 100);
  expect(jobs(cluster).map((job) => job.metadata.name)).toEqual([`tick-${String(Date.UTC(2026, 0, 1, 0, 1) / minuteMs)}`]);
  expect(jobs(cluster)[0]?.metadata.annotations).toMatchObject({ 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:01:00Z' });
  expect(cron(cluster).status.active).toHaveLength(1);
  expect(cron(cluster).status.lastScheduleTime).toBe('2026-01-01T00:01:00Z');
  cluster.clock.advance(30_000);
  expect(cron(cluster).status.active).toBeUndefined();
  expect(cron(cluster).status.lastSuccessfulTime).toMatch(/^2026-01-01T00:01:0/);
  expect(cluster.eventReasons('tick')).toEqual(['SuccessfulCreate', 'SawCompletedJob']);
});

test('history keeps three that succeeded and one that failed', () => {
  const good = new TestCluster();
  good.create('cronjobs', cronOf());
  good.clock.advance(8 * minuteMs + 30_000);
  expect(jobs(good)).toHaveLength(3);
  const bad = new TestCluster();
  const spec = {
    jobTemplate: {
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { annotations: { 'sandbox.kubeorch.dev/scenario': 'crash-loop' } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1' }] },
        },
      },
    },
  };
  bad.create('cronjobs', cronOf(spec));
  bad.clock.advance(4 * minuteMs + 30_000);
  expect(jobs(bad)).toHaveLength(1);
  expect(cron(bad).status.lastSuccessfulTime).toBeUndefined();
});

test('Forbid skips a time while a job runs, Replace ends it, Allow lets both run', () => {
  const active = (policy: string): { running: number; names: string[]; reasons: string[] } => {
    const cluster = new TestCluster();
    cluster.create('cronjobs', cronOf({ concurrencyPolicy: policy }, slow));
    cluster.clock.advance(2 * minuteMs + 5_000);
    return {
      running: cron(cluster).status.active?.length ?? 0,
      names: jobs(cluster).map((job) => job.metadata.name.slice(-1)),
      reasons: cluster.eventReasons('tick'),
    };
  };
  const [first, second] = [1, 2].map((minute) => String(Date.UTC(2026, 0, 1, 0, minute) / minuteMs).slice(-1));
  expect(active('Allow')).toMatchObject({ running: 2, names: [first, second] });
  expect(active('Forbid')).toMatchObject({ running: 1, names: [first] });
  expect(active('Forbid').reasons).toContain('JobAlreadyActive');
  expect(active('Replace')).toMatchObject({ running: 1, names: [second] });
  expect(active('Replace').reasons).toContain('SuccessfulDelete');
});

test('a suspended cron job starts nothing, and goes on with the latest time when it is resumed', () => {
  const cluster = new TestCluster();
  cluster.create('cronjobs', cronOf({ suspend: true }));
  cluster.clock.advance(10 * minuteMs + 5_000);
  expect(jobs(cluster)).toEqual([]);
  const { registry } = cluster.cluster;
  registry.write(registry.kinds.named('cronjobs'), { ...cron(cluster), spec: { ...cron(cluster).spec, suspend: false } }, 'tests');
  cluster.clock.advance(1_000);
  expect(jobs(cluster)).toHaveLength(1);
  expect(cron(cluster).status.lastScheduleTime).toBe('2026-01-01T00:10:00Z');
});

test('the time zone decides when a day begins', () => {
  const cluster = new TestCluster();
  cluster.create('cronjobs', cronOf({ schedule: '0 6 * * *', timeZone: 'Asia/Tokyo' }));
  cluster.clock.advance(20 * 60 * minuteMs);
  expect(jobs(cluster)).toEqual([]);
  cluster.clock.advance(62 * minuteMs);
  expect(cron(cluster).status.lastScheduleTime).toBe('2026-01-01T21:00:00Z');
});

test('a job that somebody makes from the cron job is noticed, and a deleted cron job takes its jobs along', () => {
  const cluster = new TestCluster();
  cluster.create('cronjobs', cronOf({ schedule: '0 4 * * *' }, slow));
  cluster.clock.advance(1_000);
  const owner = cron(cluster);
  cluster.create('jobs', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'by-hand',
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'tick', uid: owner.metadata.uid, controller: true }],
    },
    spec: owner.spec.jobTemplate.spec,
  });
  cluster.clock.advance(1_000);
  expect(cluster.eventReasons('tick')).toContain('UnexpectedJob');
  cluster.remove('cronjobs', 'tick');
  cluster.clock.advance(5_000);
  expect(jobs(cluster)).toEqual([]);
  expect(cluster.pods()).toEqual([]);
});

test('a schedule that comes once a year keeps no timer longer than a day', () => {
  const cluster = new TestCluster();
  cluster.create('cronjobs', cronOf({ schedule: '0 0 1 3 *' }));
  cluster.clock.advance(58 * 24 * 60 * minuteMs);
  expect(jobs(cluster)).toEqual([]);
  cluster.clock.advance(2 * 24 * 60 * minuteMs);
  expect(jobs(cluster)).toHaveLength(1);
});
