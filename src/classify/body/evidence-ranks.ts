/** Codes that say no more than that there was an error, or whose fault it was. */
export const GENERIC: ReadonlySet<string> = new Set(
  (
    'error errors err fail failed failure fault exception invalid false true null none undefined ' +
    'object sender receiver client server user service httperror errorlist ok success complete completed'
  ).split(' '),
);

/** Reason phrases of one word: what some frameworks put under `error` beside the message. */
export const ONE_WORD_PHRASES: ReadonlySet<string> = new Set(
  'Unauthorized Forbidden Conflict Gone Locked Unauthenticated NotFound'.split(' '),
);

/** How much a code of a kind says; the lowest is the one that a caller wants. */
export const CODE_RANK = {
  innerSpecific: 0,
  legacyReason: 1,
  specific: 2,
  word: 3,
  errorWord: 4,
  number: 5,
  innerCode: 8,
  statusWord: 10,
  reason: 12,
  type: 30,
  id: 33,
  name: 35,
  subcode: 36,
} as const;
/** How much less is said by what stands around an error. */
export const OUTER = 20;
/** How much less is said by the items of a list in an error. */
export const ITEM = 40;
/** Said of codes that stand in only where there is no other. */
export const GENERIC_RANK = 1_000;

/** How much a text of a kind says; the lowest is the message that a caller wants. */
export const MESSAGE_RANK = {
  message: 0,
  errorMessage: 0.5,
  description: 1,
  detail: 2,
  error: 3,
  reason: 5,
  details: 6,
  title: 7,
} as const;
