import { vi } from 'vitest';
import { allThemes, describeScenes, shownNames } from './sceneWalk';

vi.setConfig({ testTimeout: 120_000 });

const isRenewed = process.env['KUBEORCH_RENEW_PICTURES'] !== undefined;
// Each scene in one theme, all themes in turn, finds what changes; `npm run test:long -- pictures` walks through all of each.
const turn = new Map(shownNames.map((name, index) => [name, allThemes.slice(index % allThemes.length).slice(0, 1)]));
describeScenes('pictures of every state', (scene) => (isRenewed ? allThemes : (turn.get(scene) ?? [])));
