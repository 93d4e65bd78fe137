import { hasApiServer } from '../../testing/apiServer';
import { faultedApiServer, faultedSandbox } from '../../testing/faultedServers';
import { pruneSafety } from '../../testing/pruneSafety';

// `npm run test:long -- pruneSafety`: random pairs of versions with objects of strangers beside them, on the sandbox, and a tenth as many on
// a real API server. PAIRS and FIRST_SEED; `-t 'the sandbox'` or `-t 'a real API server'` takes one of the two.
const pairs = Number(process.env['PAIRS'] ?? 500);
const first = Number(process.env['FIRST_SEED'] ?? 1);
const from = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => first + index);

pruneSafety('the sandbox', faultedSandbox, from(pairs), 4);
if (hasApiServer()) pruneSafety('a real API server', faultedApiServer, from(Math.ceil(pairs / 10)), 4);
