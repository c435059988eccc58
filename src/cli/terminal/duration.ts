/** Milliseconds in the units that suit them, exact to the millisecond: `1 h 5 min (3900 s)`. */
export function exactDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1_000;
  return seconds < 120 ? `${seconds} s` : `${inParts(seconds).join(' ')} (${seconds} s)`;
}

/** Milliseconds as a person says them: `480 ms`, `3.2 s`, `5 min`. */
export function shortDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : inParts(seconds).slice(0, 2).join(' ');
}

function inParts(seconds: number): readonly string[] {
  const whole = Math.floor(seconds);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  return parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
}
