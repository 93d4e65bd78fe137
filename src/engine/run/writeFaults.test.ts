import { faultedSandbox } from '../../testing/faultedServers';
import { writeFaults } from '../../testing/writeFaults';

// The same two seeds every time: in one another manager takes a field, in one a stranger makes an object. More are in the long suite.
writeFaults('the sandbox', faultedSandbox, [2, 3], 2);
