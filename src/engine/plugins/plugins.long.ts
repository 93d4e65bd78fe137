import { coreCatalog } from '../../testing/coreCatalog';
import { pluginProperties } from './tests/pluginProperties';

// `npm run test:long -- plugins`: the properties of the unit suite with 100,000 cases each (or KUBEORCH_CASES, such as 1000000).
pluginProperties(await coreCatalog(), Number(process.env['KUBEORCH_CASES'] ?? 100_000));
