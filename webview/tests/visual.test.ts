import { vi } from 'vitest';
import { describeKinds, keptTheme } from './kindPictures';
import { allThemes, renewed } from './keptPictures';
import { describeScenes, shownNames } from './sceneWalk';

vi.setConfig({ testTimeout: 120_000 });

// Each scene in one theme, all themes in turn, finds what changes; `npm run test:long -- pictures` walks through all of each.
const turn = new Map(shownNames.map((name, index) => [name, allThemes.slice(index % allThemes.length).slice(0, 1)]));
describeScenes('pictures of every state', (scene) => (renewed ? allThemes : (turn.get(scene) ?? [])));
// The forms of workloads are long and much alike: one of them stands for all.
const alike = ['cronjob', 'daemonset', 'job', 'statefulset'];
describeKinds('pictures of every kind', (type) => (alike.includes(type) ? [] : [keptTheme(type)]));
