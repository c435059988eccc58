// Prints `PASSED FAILED`, the sums over the files that Jest's --json wrote. A file that is missing
// or cut off counts as nothing: the step that should have written it failed, and counts by itself.
import { readFileSync } from 'node:fs';

function resultsIn(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

let passed = 0;
let failed = 0;
for (const path of process.argv.slice(2)) {
  const { numPassedTests = 0, numFailedTests = 0 } = resultsIn(path);
  passed += numPassedTests;
  failed += numFailedTests;
}
console.log(`${passed} ${failed}`);
