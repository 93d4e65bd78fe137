import { documentProperties } from './tests/documentProperties';
import { pieceProperties } from './tests/pieceProperties';

// `npm run test:long -- document`: the properties of the unit suite with 100,000 cases each (or KUBEORCH_CASES).
documentProperties(Number(process.env['KUBEORCH_CASES'] ?? 100_000));
pieceProperties(Number(process.env['KUBEORCH_CASES'] ?? 100_000));
