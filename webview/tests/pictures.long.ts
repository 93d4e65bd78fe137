import { describeKinds } from './kindPictures';
import { allThemes } from './keptPictures';
import { describeScenes } from './sceneWalk';

describeScenes('pictures of every state in all four themes', () => allThemes);
describeKinds('pictures of every kind in all four themes', () => allThemes);
