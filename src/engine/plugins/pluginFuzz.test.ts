import { coreCatalog } from '../../testing/coreCatalog';
import { pluginProperties } from './tests/pluginProperties';

// A fixed share of each property; `npm run test:long -- plugins` takes as many as one likes.
pluginProperties(await coreCatalog(), Number(process.env['KUBEORCH_CASES'] ?? 1700));
