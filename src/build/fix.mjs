// `npm run fix`: formats everything and mends what the linter can mend by itself.
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './processes.mjs';

const tool = (script, ...args) => run(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root });

const linted = await tool('oxlint/bin/oxlint', '--type-aware', '--fix');
const formatted = await tool('oxfmt/bin/oxfmt', '.');
process.exitCode = linted || formatted;
