import { dyingRuns, everyDeath, everyPruneDeath } from '../../testing/dyingRuns';

// `npm run test:long -- crash`: a death at every write of a deployment and of a prune, before and after the server acts.
dyingRuns(everyDeath, everyPruneDeath);
