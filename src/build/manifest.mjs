// Whether package.json agrees with itself, with its texts and with the sources.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './paths.mjs';

const readJson = async (file) => JSON.parse(await readFile(join(root, file), 'utf8'));

/** Every string in a JSON value. @returns {string[]} */
const stringsIn = (value) => (typeof value === 'string' ? [value] : value !== null && typeof value === 'object' ? Object.values(value).flatMap(stringsIn) : []);

async function sourceText(folder) {
  const files = (await readdir(join(root, folder), { recursive: true })).filter((file) => /\.tsx?$/.test(file) && !/\.test\./.test(file));
  return (await Promise.all(files.map((file) => readFile(join(root, folder, file), 'utf8')))).join('\n');
}

/**
 * Packages for other platforms that the lock file lacks: `npm ci` refuses it then, on every platform. It happens when the registry
 * that it was made with did not have all of them.
 */
function gapsIn({ packages }) {
  const names = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)));
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !names.has(name))
      .map((name) => `package-lock.json lacks ${name}, which ${path} names`),
  );
}

/** @returns {Promise<string[]>} everything that does not agree, in sentences */
export async function checkManifest() {
  const manifest = await readJson('package.json');
  const texts = await readJson('package.nls.json');
  const { contributes } = manifest;
  const problems = gapsIn(await readJson('package-lock.json'));

  const used = new Set(stringsIn(manifest).flatMap((text) => /^%(.+)%$/.exec(text)?.[1] ?? []));
  for (const key of used) if (texts[key] === undefined) problems.push(`package.json uses %${key}%, which package.nls.json lacks`);
  for (const key of Object.keys(texts)) if (!used.has(key)) problems.push(`package.nls.json has "${key}", which nothing uses`);

  const commands = new Set((contributes.commands ?? []).map(({ command }) => command));
  const places = [...Object.values(contributes.menus ?? {}).flat(), ...(contributes.keybindings ?? [])];
  for (const { command } of places)
    if (command !== undefined && !commands.has(command)) problems.push(`a menu or key names the command "${command}", which is not declared`);
  const host = await sourceText('src/host');
  // The host registers what the manifest declares and keeps one table of actions, by the part of the id after the dot.
  for (const command of commands) {
    const name = command.slice(command.indexOf('.') + 1);
    if (!host.includes(`'${command}'`) && !new RegExp(`^\\s+(?:async )?${name}\\b[:,(]`, 'm').test(host))
      problems.push(`the command "${command}" is declared and the host has no action for it`);
  }
  for (const [, command] of host.matchAll(/registerCommand\(\s*'([^']+)'/g))
    if (!commands.has(command)) problems.push(`the host registers "${command}", which is not declared`);

  const settings = [contributes.configuration ?? []].flat().flatMap(({ properties }) => Object.keys(properties ?? {}));
  for (const setting of settings) {
    const name = setting.replace(/^kubeorch\./, '');
    if (!host.includes(`'${name}'`) && !host.includes(`'${setting}'`)) problems.push(`the setting "${setting}" is declared and the host never reads it`);
  }

  for (const path of stringsIn(contributes).filter((text) => /^(\.\/)?(media|templates)\//.test(text)))
    if (!existsSync(join(root, path))) problems.push(`package.json names ${path}, which is not there`);
  const types = manifest.devDependencies['@types/vscode'];
  if (manifest.engines.vscode !== `^${types}`)
    problems.push(`engines.vscode (${manifest.engines.vscode}) and @types/vscode (${types}) must be the same version`);
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
    if (!/^\d/.test(version)) problems.push(`${name} is not pinned to one version (${version})`);
  return problems;
}
