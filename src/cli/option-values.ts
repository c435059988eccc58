import type { ValueReader } from './command.ts';

/** Readers of option values, each with what it expects. */

export const anyText: ValueReader<string> = {
  expected: 'a text',
  read: (text) => text,
};

export const filePath: ValueReader<string> = {
  expected: "a file's path",
  read: (text) => (text === '' ? undefined : text),
};

/** A whole number between two bounds. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): ValueReader<number> {
  const isBounded = most < Number.MAX_SAFE_INTEGER;
  return {
    expected: isBounded ? `a whole number, ${least} to ${most}` : `a whole number ≥ ${least}`,
    read(text) {
      const number = Number(text);
      return /^\d+$/.test(text) && number >= least && number <= most ? number : undefined;
    },
  };
}

export const httpStatus: ValueReader<number> = {
  expected: 'three digits, 100 to 999',
  read: (text) => (/^[1-9]\d\d$/.test(text) ? Number(text) : undefined),
};

export const headerField: ValueReader<readonly [name: string, value: string]> = {
  expected: '"name: value"',
  read(text) {
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(colon, 0)).trim();
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return undefined;
    return [name, text.slice(colon + 1).trim()];
  },
};

export const absoluteUrl: ValueReader<string> = {
  expected: 'a URL with its scheme, as in https://api.example.com/',
  read: (text) => (URL.canParse(text) ? text : undefined),
};

export const httpMethod: ValueReader<string> = {
  expected: 'an HTTP method',
  read: (text) => (/^[A-Za-z]+$/.test(text) ? text.toUpperCase() : undefined),
};

export const moment: ValueReader<number> = {
  expected: 'epoch milliseconds or a date',
  read(text) {
    const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
    return Number.isFinite(time) ? time : undefined;
  },
};

/** One of a few words. */
export const oneOf = <Word extends string>(words: readonly Word[]): ValueReader<Word> => ({
  expected: words.length === 2 ? words.join(' or ') : `one of ${words.join(', ')}`,
  read: (text) => words.find((word) => word === text),
  choices: words,
});
