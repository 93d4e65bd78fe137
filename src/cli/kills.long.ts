import { hasApiServer } from '../testing/apiServer';
import { faultedApiServer, faultedSandbox } from '../testing/faultedServers';
import { killedRuns } from '../testing/killedRuns';

// `npm run test:long -- kills`: the program is killed (SIGKILL) with every write of a deployment, a prune, a rename and a restore on its
// way, before the server sees it and after it acted. `-t 'the sandbox'` or `-t 'a real API server'` takes one of the two.
killedRuns('the sandbox', faultedSandbox, 3);
if (hasApiServer()) killedRuns('a real API server', faultedApiServer, 3);
