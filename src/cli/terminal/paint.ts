/** Colours by their meaning. The eight basic ones follow the reader's own theme, dark or light. */
const CODES = {
  strong: [1, 22],
  faint: [2, 22],
  good: [32, 39],
  bad: [31, 39],
  warning: [33, 39],
  accent: [36, 39],
} as const;

/** A colour, or another way to set a text off. */
export type Tone = keyof typeof CODES;

/** Sets texts off; gives them back as they are where there are no colours. */
export type Paint = (tone: Tone, text: string) => string;

export const painter =
  (hasColours: boolean): Paint =>
  (tone, text) => {
    if (!hasColours || text === '') return text;
    const [on, off] = CODES[tone];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
