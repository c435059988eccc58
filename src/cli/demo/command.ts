import { defineCommand } from '../command.ts';

export const demoCommand = defineCommand({
  name: 'demo',
  summary: 'a local API misbehaves: plain fetch and a wrapped one, one after the other',
  about: [
    'It starts a server on this machine that fails in four ways, and calls it with plain fetch and with resilientFetch. It takes some seconds, needs no network, and leaves nothing behind.',
  ],
  examples: [{ does: 'the difference, in five seconds', line: 'holdfast demo' }],
  options: {},
  exits: {
    0: 'the wrapped fetch got every answer',
    1: 'it did not, or no server could be started',
  },
  run: async (_line, world) => (await import('./demo.ts')).demo(world),
});
