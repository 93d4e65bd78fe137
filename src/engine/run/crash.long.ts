import { dyingRuns, everyDeath } from '../../testing/dyingRuns';

// `npm run test:long -- crash`: a death at every write of a deployment, before and after the server acts.
dyingRuns(everyDeath);
