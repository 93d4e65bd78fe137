import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import { fuzzProperties } from './tests/fuzzProperties';

// `npm run test:long -- fuzz`: a million (or KUBEORCH_CASES) files, templates and plugins; KUBEORCH_SEED takes others.
fuzzProperties(await coreCatalog(), await shippedOpenApi(), Number(process.env['KUBEORCH_CASES'] ?? 1_000_000));
