export { virtualClock, VIRTUAL_CLOCK_DEFAULTS } from './adapters/testing/virtual-clock.ts';
export type { VirtualClock, VirtualClockOptions } from './adapters/testing/virtual-clock.ts';
