/**
 * Thrown at construction for options that cannot work; the message names the option, what was
 * expected and what came.
 *
 * @example
 * try {
 *   resilientFetch(fetch, options);
 * } catch (error) {
 *   if (error instanceof OptionError) console.error(error.option);
 * }
 */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
  /** The option, as a path: `retry.maxRetries`. */
  readonly option: string;

  constructor(option: string, expected: string, received: unknown) {
    super(`${option} must be ${expected}, but it is ${describeValue(received)}`);
    this.option = option;
  }
}

/** Says the same of an option that was passed on under another owner's name. */
export function ownedBy(owner: string, error: OptionError): OptionError {
  const option = error.option.replace(/^[^.]*/, owner);
  const message = error.message.replace(error.option, () => option);
  return Object.assign(error, { option, message });
}

/** Checks one value: the words for what it must be, and whether it is. */
export interface Check {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const check = (expected: string, accepts: (value: unknown) => boolean): Check => ({
  expected,
  accepts,
});

/** Whether a value is a number, and which; `NaN` passes no comparison. */
const number = (expected: string, accepts: (value: number) => boolean): Check =>
  check(expected, (value) => typeof value === 'number' && accepts(value));

/** A whole number from `least` up, `Infinity` included where `orInfinity` says so. */
export const wholeNumber = (least: number, orInfinity: 'finite' | 'or-infinity' = 'finite') =>
  number(
    `a whole number of at least ${least}${orInfinity === 'finite' ? '' : ', or Infinity'}`,
    (value) =>
      value >= least &&
      (Number.isSafeInteger(value) || (orInfinity !== 'finite' && value === Infinity)),
  );

/** A finite number of at least 0. */
export const nonNegative = number(
  'a finite number of at least 0',
  (value) => value >= 0 && value < Infinity,
);

/** A finite number above 0. */
export const positive = number('a finite number above 0', (value) => value > 0 && value < Infinity);

/** A duration above 0; `Infinity` means that there is no bound. */
export const positiveOrInfinity = number('a number above 0, or Infinity', (value) => value > 0);

/** A number above 0 and at most 1. */
export const ratio = number('a number above 0 and at most 1', (value) => value > 0 && value <= 1);

/** A number that is neither infinite nor none. */
export const finite = check('a finite number', Number.isFinite);

/** A string, an empty one too. */
export const text = check('a string', (value) => typeof value === 'string');

/** Anything that another check accepts, or `false` for leaving it out. */
export const orFalse = ({ expected, accepts }: Check): Check =>
  check(`${expected}, or false`, (value) => value === false || accepts(value));

/** One of a few words. */
export const oneOf = (...words: readonly string[]) =>
  check(`one of ${words.map((word) => `'${word}'`).join(', ')}`, (value) =>
    words.includes(value as string),
  );

/** A switch. */
export const trueOrFalse = check('true or false', (value) => typeof value === 'boolean');

/** A function. */
export const callable = check('a function', (value) => typeof value === 'function');

/** An object with these methods. */
export const objectWith = (...methods: readonly string[]) =>
  check(
    `an object with ${methods.map((method) => `${method}()`).join(', ')}`,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function'),
  );

export const anything = check('anything', () => true);

/** The check of each option of an options object. */
export type Checks<Options> = { readonly [Name in keyof Options]-?: Check };

/** Options as a policy uses them: what has a default is never missing. */
export type Resolved<Options, Defaults> = Readonly<
  Omit<Options, keyof Defaults> & {
    [Name in keyof Options & keyof Defaults]: Exclude<Options[Name], undefined>;
  }
>;

/**
 * Merges `options` over `defaults`, checks every value and every name, and freezes the result.
 *
 * An option given as `undefined` counts as left out, which the `required` ones must not be.
 *
 * @throws {@link OptionError} naming the option, what was expected and what came.
 */
export function readOptions<Options extends object, Defaults extends Partial<Options>>(
  owner: string,
  options: Options | undefined,
  defaults: Defaults,
  checks: Checks<Options>,
  required: readonly (keyof Options & string)[] = [],
): Resolved<Options, Defaults> {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  if (options !== undefined && !isObject) {
    throw new OptionError(owner, 'an object of options', options);
  }
  const merged: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(options ?? {})) {
    // Own names only: `constructor` is in every object, and an option in none.
    const known = Object.hasOwn(checks, name) ? checks[name as keyof Options] : undefined;
    if (known === undefined) throw new OptionError(`${owner}.${name}`, knownNames(checks), value);
    if (value === undefined) continue;
    if (!known.accepts(value)) throw new OptionError(`${owner}.${name}`, known.expected, value);
    merged[name] = value;
  }
  for (const name of required) {
    if (merged[name] === undefined) {
      throw new OptionError(`${owner}.${name}`, checks[name].expected, undefined);
    }
  }
  return Object.freeze(merged) as unknown as Resolved<Options, Defaults>;
}

const knownNames = (checks: object) =>
  `left out: the options here are ${Object.keys(checks).join(', ')}`;

function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
    default:
      return String(value);
  }
}
