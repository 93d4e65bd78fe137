import { faultedApiServer, faultedSandbox } from '../../testing/faultedServers';
import { hasApiServer } from '../../testing/apiServer';
import { writeFaults } from '../../testing/writeFaults';

// `npm run test:long -- writeFaults`: sixteen faults of a write with many seeds on the sandbox, and a tenth as many on a real API
// server that is killed for it. SEEDS and FIRST_SEED make it shorter or take other ones; `-t 'the sandbox'` or
// `-t 'a real API server'` takes one of the two.
const seeds = Number(process.env['SEEDS'] ?? 50);
const first = Number(process.env['FIRST_SEED'] ?? 1);
const from = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => first + index);

writeFaults('the sandbox', faultedSandbox, from(seeds), 4);
if (hasApiServer()) writeFaults('a real API server', faultedApiServer, from(Math.ceil(seeds / 10)), 4);
