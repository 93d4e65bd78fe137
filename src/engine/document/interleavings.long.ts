import { interleavings } from './tests/interleavings';

// `npm run test:long -- interleavings`: the histories of the unit suite, 50,000 of them (or KUBEORCH_CASES).
interleavings(Number(process.env['KUBEORCH_CASES'] ?? 50_000));
