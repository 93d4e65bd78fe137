import { redeploys } from '../../testing/redeploys';

// `npm run test:long -- redeploy`: an unchanged workflow is deployed a hundred times.
redeploys(100);
