// Finding VS Code for the desktop on this machine, and whether it is new enough.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compareVersions } from './nodeRuntime.mjs';
import { capture, onPath } from './processes.mjs';

/** Where the systems put the `code` command, in the order in which they are tried after PATH. */
function knownPlaces() {
  if (process.platform === 'darwin') {
    return ['/Applications', join(process.env['HOME'] ?? '', 'Applications')].flatMap((folder) =>
      ['Visual Studio Code', 'Visual Studio Code - Insiders', 'VSCodium'].flatMap((name) =>
        ['code', 'code-insiders', 'codium'].map((command) => join(folder, `${name}.app/Contents/Resources/app/bin`, command)),
      ),
    );
  }
  if (process.platform === 'win32') {
    const folders = [process.env['LOCALAPPDATA'] && join(process.env['LOCALAPPDATA'], 'Programs'), process.env['PROGRAMFILES']].filter(Boolean);
    return folders.flatMap((folder) => [join(folder, 'Microsoft VS Code/bin/code.cmd'), join(folder, 'Microsoft VS Code Insiders/bin/code-insiders.cmd')]);
  }
  return ['/usr/share/code/bin/code', '/snap/bin/code', '/usr/share/codium/bin/codium'];
}

/** Whether a window can be shown to the person at this terminal. */
export const hasScreen = () =>
  process.platform === 'win32' || process.platform === 'darwin' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);

/** How to start a command that is a script on Windows. @param {string} command @param {string[]} args */
export const editorCall = (command, args) =>
  command.endsWith('.cmd') ? { command: `"${command}"`, args: args.map((argument) => `"${argument}"`), shell: true } : { command, args, shell: false };

/**
 * The newest fitting VS Code of the desktop.
 * @param {string} atLeast @returns {Promise<{command: string, version: string} | {tooOld: string[]}>} tooOld names what was found and does not fit
 */
export async function findDesktopEditor(atLeast) {
  const places = [onPath('code', 'code-insiders', 'codium'), ...knownPlaces()].filter((place) => place !== undefined && existsSync(place));
  const tooOld = [];
  for (const place of new Set(places)) {
    const call = editorCall(place, ['--version']);
    const { code, stdout } = await capture(call.command, call.args, { shell: call.shell });
    const version = stdout.split('\n')[0]?.trim() ?? '';
    if (code !== 0 || !/^\d+\.\d+/.test(version)) continue;
    if (compareVersions(version, atLeast) >= 0) return { command: place, version };
    tooOld.push(`${place} is ${version}`);
  }
  return { tooOld };
}
