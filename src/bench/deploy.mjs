// Deploying against a bare client with 16 connections, `kubectl apply --server-side` and `helm install`, on a real API server behind a
// delay of 20 ms; requests for a few changed objects; a workflow of 1,000 nodes: npm run bench -- deploy [TURNS]; with 0 turns only
// the last two
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { nodeBundle } from '../build/bundles.mjs';
import { runGroup } from './ending.mjs';
import { root, workspace } from './watch/programs.mjs';

const cache = process.env['KUBEORCH_CLUSTER_CACHE'] || join(homedir(), '.cache/kubeorch-cluster');
const here = join(root, 'src/bench/deploy');

/** Helm from its Go module, built once into the folder of the cluster's programs; undefined where that cannot be. */
function helmProgram() {
  const file = join(cache, 'helm');
  if (existsSync(file)) return file;
  try {
    execFileSync('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', file, 'helm.sh/helm/v4/cmd/helm'], {
      cwd: join(here, 'helm'),
      env: { ...process.env, CGO_ENABLED: '0' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return file;
  } catch (error) {
    console.log(`helm cannot be built here: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    return undefined;
  }
}

const work = workspace();
try {
  const dist = join(work.path, 'program/dist');
  const bundle = (entry, name) => build(nodeBundle({ production: true }, entry, join(dist, name)));
  await Promise.all([bundle('src/cli/main.ts', 'cli.js'), bundle('src/engine/index.ts', 'engine.js'), bundle('src/kube/index.ts', 'kube.js')]);
  copyFileSync(join(root, 'src/cli/kubeorch.mjs'), join(dist, 'kubeorch.mjs'));
  copyFileSync(join(root, 'src/openapi/data/kubernetes.json'), join(dist, 'openapi.json'));
  cpSync(join(root, 'templates'), join(work.path, 'program/templates'), { recursive: true });
  const outfile = join(work.path, 'measure.mjs');
  await build({
    entryPoints: [join(here, 'measure.ts')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const kubectl = join(cache, 'bin/kubectl');
  const settings = {
    root,
    work: work.path,
    cli: join(dist, 'kubeorch.mjs'),
    delayProxy: join(here, 'delayProxy.mjs'),
    roundTripMs: 20,
    pairs: Number(process.argv[2] ?? 5),
    ...(existsSync(kubectl) ? { kubectl } : {}),
    ...(existsSync(join(cache, 'bin/kube-apiserver')) ? { helm: helmProgram() } : {}),
  };
  if (existsSync(join(cache, 'bin/kube-apiserver')))
    process.exitCode = await runGroup(process.execPath, [outfile, JSON.stringify(settings)], { cwd: root, env: process.env });
  else console.log('deploy: left out, for the API server is not built on this machine: src/e2e/cluster/cluster.sh build');
} finally {
  work.close();
}
