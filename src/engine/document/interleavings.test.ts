import { interleavings } from './tests/interleavings';

interleavings(Number(process.env['KUBEORCH_CASES'] ?? 40));
