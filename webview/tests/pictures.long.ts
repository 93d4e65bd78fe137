import { allThemes, describeScenes } from './sceneWalk';

describeScenes('pictures of every state in all four themes', () => allThemes);
