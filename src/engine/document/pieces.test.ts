import { pieceProperties } from './tests/pieceProperties';

// `npm run test:long -- document` takes 100,000.
pieceProperties(Number(process.env['KUBEORCH_CASES'] ?? 150));
