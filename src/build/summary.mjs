// Sums up all parts that left a result: `node src/build/summary.mjs [1 when a part is known to have failed]`.
import { failedPart, printSummary, readResults } from './results.mjs';

const expected = ['check', 'unit', 'e2e', 'cluster'];
const results = await readResults();
// A part that died before it could write its result must not vanish from the sum.
for (const part of expected) if (!results.some((result) => result.part === part)) results.push(failedPart(part, 'no result of it was written'));
const failed = printSummary(results);
process.exitCode = failed > 0 || process.argv[2] === '1' ? 1 : 0;
