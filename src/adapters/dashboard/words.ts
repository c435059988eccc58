/** A duration for a person: `80 ms`, `1.2 s`, `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function waitWords(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return twoUnits(minutes, 'min', seconds % 60, 's');
  return twoUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

/** For how long something has lasted: whole seconds, since tenths of it would only flicker. */
export const ageWords = (ms: number): string =>
  waitWords(Math.max(0, Math.floor(ms / 1_000)) * 1_000).replace(/\.0 s$|^0 ms$/, (found) =>
    found === '0 ms' ? 'less than 1 s' : ' s',
  );

const twoUnits = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;

/** A rate for a person: `0`, `0.4`, `12.5`, `840`. */
export function rateWords(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond < 0.1) return 'less than 0.1';
  return perSecond < 100 ? perSecond.toFixed(1).replace(/\.0$/, '') : String(Math.round(perSecond));
}

/** A share for a person, in whole percents; never `100 %` or `0 %` where it is not. */
export function shareWords(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 100 && share < 1) return '> 99 %';
  if (percent === 0 && share > 0) return '< 1 %';
  return `${percent} %`;
}

/** A number of things: `1 call`, `3 calls`. */
export const countWords = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
