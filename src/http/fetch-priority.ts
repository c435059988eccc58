/** The hint that fetch itself takes (`priority` of Fetch Priority), as a number. */
const PRIORITIES: Readonly<Record<string, number>> = { high: 1, auto: 0, low: -1 };

/** The priority that a request names itself. */
export const priorityOf = (init: RequestInit | undefined): number =>
  PRIORITIES[(init as { priority?: string } | undefined)?.priority ?? 'auto'] ?? 0;
