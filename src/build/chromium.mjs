// Finding a browser of the Chromium family on this machine.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from './processes.mjs';

/** What to do where there is none. */
export const howToGetChromium =
  process.platform === 'linux'
    ? 'run "apt-get install -y chromium" (Debian) or set CHROMIUM to a Chromium or Chrome binary'
    : 'install Google Chrome or set CHROMIUM to a Chromium or Chrome binary';

/** @returns {string | undefined} the path of a browser: $CHROMIUM, then PATH, then where the systems put it */
export function findChromium() {
  const chosen = process.env['CHROMIUM'];
  if (chosen) return existsSync(chosen) ? chosen : undefined;
  const places = [
    onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'msedge'),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map(
      (name) => process.env[name] && join(process.env[name], 'Google/Chrome/Application/chrome.exe'),
    ),
  ];
  return places.find((place) => place && existsSync(place));
}
