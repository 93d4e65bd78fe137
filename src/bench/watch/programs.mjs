// What the parts of the watch bench share: programs made ready in a folder of their own, and samples told by them.
import { build } from 'esbuild';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { whenEnded } from '../ending.mjs';

export const folder = dirname(fileURLToPath(import.meta.url));
export const root = resolve(folder, '../../..');

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
export const at = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
export const span = (values, digits = 0) =>
  `${Math.min(...values).toFixed(digits)} / ${median(values).toFixed(digits)} / ${Math.max(...values).toFixed(digits)}`;

/** A folder that goes with the bench, and the children that are ended with it. */
export function workspace() {
  const path = mkdtempSync(join(tmpdir(), 'kubeorch-bench-'));
  const children = new Set();
  const close = () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(path, { recursive: true, force: true });
  };
  const forget = whenEnded(close);
  return {
    path,
    /** Starts a program that tells JSON lines; `next()` gives the next of them. */
    start(file, args, options = {}) {
      const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
      children.add(child);
      const lines = [];
      const waiting = [];
      let ended = false;
      createInterface({ input: child.stdout }).on('line', (line) => {
        const value = JSON.parse(line);
        const taker = waiting.shift();
        if (taker === undefined) lines.push(value);
        else taker.resolve(value);
      });
      const exit = new Promise((done) =>
        child.once('exit', (code) => {
          children.delete(child);
          ended = true;
          for (const taker of waiting.splice(0)) taker.reject(new Error(`${file} ended (${code}) before it told what was asked`));
          done(code);
        }),
      );
      return {
        child,
        exit,
        all: lines,
        next: () =>
          lines.length > 0
            ? Promise.resolve(lines.shift())
            : ended
              ? Promise.reject(new Error(`${file} has ended`))
              : new Promise((take, reject) => waiting.push({ resolve: take, reject })),
      };
    },
    close() {
      forget();
      close();
    },
  };
}

/** Our own list and watch as one minified file, as the extension ships it. */
export async function bundleOurs(into, minify = true) {
  const outfile = join(into, 'ours.mjs');
  await build({
    entryPoints: [join(folder, 'ours.ts')],
    outfile,
    bundle: true,
    minify,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}

/** The client-go peer, built with the machine's Go; undefined without one. */
export function buildInformer(into) {
  const file = join(into, 'informer');
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  execFileSync('go', ['build', '-o', file, '.'], { cwd: join(folder, 'informer'), stdio: ['ignore', 'inherit', 'inherit'] });
  return existsSync(file) ? file : undefined;
}
