/** The limit of a sequence: 400 tokens a second and a burst of 20, for eight members that ask for 1.3 times as much. */
export const RATE = 400;
export const BURST = 20;
export const MEMBERS = 8;
export const DEMAND = 1.3;
/** What comes in one turn of eight members: leases that some still hold while others go alone. */
export const TURN_TOKENS = (RATE * 20 * MEMBERS) / 1000;
export const NAME = 'fleet';
