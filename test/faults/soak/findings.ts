/** One thing that must hold, and what was found. */
export interface Finding {
  readonly what: string;
  readonly found: string;
  readonly holds: boolean;
}

/** Prints what was found; `true` if all of it holds. */
export function printFindings(findings: readonly Finding[]): boolean {
  console.log('');
  for (const { what, found, holds } of findings) {
    console.log(`${holds ? 'holds ' : 'BREACH'}  ${what}: ${found}`);
  }
  const breaches = findings.filter(({ holds }) => !holds).length;
  console.log(breaches === 0 ? '\neverything held' : `\n${breaches} did not hold`);
  return breaches === 0;
}
