// What the programs behind well-known images would say. Every line is computed from the image, the container and the line's
// number, so that the same container always says the same and nothing has to be kept.
import { createHash } from 'node:crypto';

export interface Voice {
  /** Printed one after the other right after the start. */
  opening: readonly string[];
  /** About one a second from then on. */
  line(index: number, atMs: number): string;
}

export interface Speaker {
  image: string;
  pod: string;
  container: string;
}

function dice(seed: string, index: number, below: number): number {
  return (
    createHash('sha256')
      .update(`${seed}/${String(index)}`)
      .digest()
      .readUInt32BE(0) % below
  );
}

function pick<T>(options: readonly [T, ...T[]], seed: string, index: number): T {
  return options[dice(seed, index, options.length)] ?? options[0];
}

const two = (value: number): string => String(value).padStart(2, '0');
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function clockText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

/** `01 Jan 2026 10:00:00.000`, as Redis writes it. */
function redisTime(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getUTCDate())} ${months[at.getUTCMonth()] ?? ''} ${String(at.getUTCFullYear())} ${clockText(ms)}.${String(at.getUTCMilliseconds()).padStart(3, '0')}`;
}

/** `2026-01-01 10:00:00.000 UTC`, as PostgreSQL writes it. */
function postgresTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')} UTC`;
}

/** `01/Jan/2026:10:00:00 +0000`, as web servers write it. */
function accessTime(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getUTCDate())}/${months[at.getUTCMonth()] ?? ''}/${String(at.getUTCFullYear())}:${clockText(ms)} +0000`;
}

type MakeVoice = (speaker: Speaker, seed: string) => Voice;

function redis(_speaker: Speaker, seed: string): Voice {
  return {
    opening: [
      '1:C * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo',
      '1:M * Running mode=standalone, port=6379.',
      '1:M * Server initialized',
      '1:M * Ready to accept connections tcp',
    ],
    line: (index, ms) =>
      `1:M ${redisTime(ms)} * ${pick(
        [
          'DB 0: {0} keys in {1} slots HT.',
          '{0} clients connected, {1} bytes in use',
          '{0} changes in 60 seconds. Saving...',
          'Background saving terminated with success',
        ],
        seed,
        index,
      )
        .replace('{0}', String(dice(seed, index + 1, 20)))
        .replace('{1}', String(1024 * (1 + dice(seed, index + 2, 900))))}`,
  };
}

function postgres(_speaker: Speaker, seed: string): Voice {
  return {
    opening: [
      'PostgreSQL Database directory appears to contain a database; Skipping initialization',
      'LOG:  starting PostgreSQL on x86_64-pc-linux-gnu',
      'LOG:  listening on IPv4 address "0.0.0.0", port 5432',
      'LOG:  database system is ready to accept connections',
    ],
    line: (index, ms) =>
      `${postgresTime(ms)} [${String(60 + dice(seed, index, 9))}] LOG:  ${pick(
        [
          'statement: SELECT vote, COUNT(id) AS count FROM votes GROUP BY vote',
          'statement: INSERT INTO votes (id, vote) VALUES ($1, $2)',
          'checkpoint complete: wrote 3 buffers (0.0%)',
          'connection authorized: user=postgres database=postgres',
        ],
        seed,
        index,
      )}`,
  };
}

function mysql(_speaker: Speaker, seed: string): Voice {
  return {
    opening: ['[System] [Server] /usr/sbin/mysqld starting as process 1', '[System] [Server] /usr/sbin/mysqld: ready for connections. port: 3306'],
    line: (index, ms) =>
      `${new Date(ms).toISOString()} ${String(8 + dice(seed, index, 30))} [Note] [Server] ${pick(['Access granted for user', 'Query executed', 'Connection closed'], seed, index)}`,
  };
}

function web(speaker: Speaker, seed: string): Voice {
  return {
    opening: ['/docker-entrypoint.sh: Configuration complete; ready for start up', `[notice] 1#1: ${speaker.image}: start worker processes`],
    line: (index, ms) => {
      const path = pick(['/', '/', '/index.html', '/healthz', '/favicon.ico'], seed, index);
      const code = path === '/favicon.ico' ? 404 : 200;
      return `10.244.0.1 - - [${accessTime(ms)}] "GET ${path} HTTP/1.1" ${String(code)} ${String(120 + dice(seed, index, 900))} "-" "kube-probe/1.36"`;
    },
  };
}

function vote(speaker: Speaker, seed: string): Voice {
  return {
    opening: [
      '[INFO] Starting gunicorn 22.0.0',
      '[INFO] Listening at: http://0.0.0.0:80 (1)',
      '[INFO] Using worker: sync',
      '[INFO] Booting worker with pid: 9',
    ],
    line: (index, ms) => {
      const choice = pick(['a', 'b'], seed, index);
      const voter = createHash('sha256')
        .update(`${speaker.pod}/${String(index)}`)
        .digest('hex')
        .slice(0, 15);
      return index % 2 === 0
        ? `[${clockText(ms)}] INFO in app: Received vote for ${choice}`
        : `10.244.0.1 - - [${accessTime(ms)}] "POST / HTTP/1.1" 200 1285 voter_id=${voter}`;
    },
  };
}

function worker(_speaker: Speaker, seed: string): Voice {
  return {
    opening: ['Connected to db', 'Found redis at redis', 'Connecting to redis'],
    line: (index) => {
      const voter = createHash('sha256')
        .update(`${seed}/voter/${String(index)}`)
        .digest('hex')
        .slice(0, 15);
      return `Processing vote for '${pick(['a', 'b'], seed, index)}' by '${voter}'`;
    },
  };
}

function result(_speaker: Speaker, seed: string): Voice {
  return {
    opening: ['App running on port 80', 'Waiting for db', 'Connected to db'],
    line: (index, ms) =>
      `${clockText(ms)} scores sent to ${String(1 + dice(seed, 0, 4))} clients: a=${String(40 + index)} b=${String(35 + Math.floor(index * 0.8))}`,
  };
}

/** One JSON object a line, as most services of today write. */
function api(speaker: Speaker, seed: string): Voice {
  const written = (ms: number, level: string, msg: string, rest: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({ level, time: new Date(ms).toISOString(), msg, ...rest });
  return {
    opening: [
      JSON.stringify({ level: 'info', msg: 'starting', service: speaker.container }),
      JSON.stringify({ level: 'info', msg: 'listening', address: '0.0.0.0:8080' }),
    ],
    line: (index, ms) => {
      const path = `/${pick(['orders', 'items', 'carts'], seed, index)}/${String(1 + dice(seed, index + 1, 400))}`;
      const tookMs = 1 + dice(seed, index + 2, 60);
      if (index % 5 === 4) return written(ms, 'warn', 'slow query', { table: 'orders', ms: tookMs + 900, traceId: String(dice(seed, index, 1e9)) });
      return written(ms, 'info', 'request served', { method: 'GET', path, status: 200, ms: tookMs });
    },
  };
}

function plain(speaker: Speaker, seed: string): Voice {
  return {
    opening: [`starting ${speaker.container}`, 'listening'],
    line: (index, ms) =>
      `time=${new Date(ms).toISOString()} level=info msg="${pick(['request served', 'health check passed', 'work item done', 'connection opened'], seed, index)}" n=${String(index)} ms=${String(1 + dice(seed, index, 80))}`,
  };
}

/** By the last part of the image's name, without registry and tag. The first that fits speaks. */
const voices: readonly (readonly [RegExp, MakeVoice])[] = [
  [/vote/, vote],
  [/result/, result],
  [/worker/, worker],
  [/redis|valkey/, redis],
  [/postgres/, postgres],
  [/mysql|mariadb/, mysql],
  [/nginx|httpd|apache|caddy/, web],
  [/\bapi\b/, api],
];

export function voiceOf(speaker: Speaker): Voice {
  const name = (speaker.image.split('@')[0] ?? '').replace(/:[^/:]*$/, '');
  // "example-voting-app-worker" is a worker: what follows the last separator counts first.
  const last = name.split(/[/_-]/).at(-1) ?? '';
  const make = voices.find(([pattern]) => pattern.test(last)) ?? voices.find(([pattern]) => pattern.test(name.split('/').at(-1) ?? ''));
  return (make?.[1] ?? plain)(speaker, `${speaker.image}/${speaker.container}`);
}
