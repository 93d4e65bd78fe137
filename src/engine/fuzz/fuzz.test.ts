import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import { fuzzProperties } from './tests/fuzzProperties';

// `npm run test:long -- fuzz` takes a million.
fuzzProperties(await coreCatalog(), await shippedOpenApi(), Number(process.env['KUBEORCH_CASES'] ?? 20_000));
