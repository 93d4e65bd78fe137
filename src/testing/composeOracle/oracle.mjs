// Asks compose-go what it makes of compose files. Needs Go; the module comes through the Go proxy.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { projectsFolder } from './cases.mjs';

/** @param {readonly import('./cases.d.mts').ComposeCase[]} cases @returns {Promise<Map<string, import('./oracle.d.mts').OracleAnswer>>} */
export async function askOracle(cases) {
  const folder = await mkdtemp(join(tmpdir(), 'kubeorch-compose-'));
  try {
    const program = join(folder, process.platform === 'win32' ? 'oracle.exe' : 'oracle');
    await promisify(execFile)('go', ['build', '-o', program, '.'], { cwd: import.meta.dirname });
    const questions = [];
    for (const { name, files, paths, profiles, envFiles, environment } of cases) {
      for (const [path, content] of files) {
        const file = join(folder, name, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
      questions.push({ name, folder: join(folder, name), files: paths, profiles, envFiles, env: environment });
    }
    const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'ignore'], env: { HOME: folder } });
    child.stdin.end(JSON.stringify(questions));
    const answers = JSON.parse((await text(child.stdout)).replaceAll(folder, projectsFolder));
    return new Map(answers.map((/** @type {{ name: string }} */ answer) => [answer.name, answer]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
