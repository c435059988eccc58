// Prints `PASSED FAILED` from the file that Jest's --json wrote; `0 0` when it wrote none (the
// step that ran it has failed then, and counts by itself).
import { readFileSync } from 'node:fs';

let results = {};
try {
  results = JSON.parse(readFileSync(process.argv[2], 'utf8'));
} catch {
  // left empty
}
const { numPassedTests = 0, numFailedTests = 0 } = results;
console.log(`${numPassedTests} ${numFailedTests}`);
