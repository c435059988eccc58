import { defineCommand } from '../command.ts';
import { DASHBOARD_OPTIONS } from './options.ts';

export const dashboardCommand = defineCommand({
  name: 'dashboard',
  summary: 'shows the dashboard of a program that runs, until Ctrl-C',
  about: [
    'It serves the page on 127.0.0.1, and reads the snapshot of the program once a second while the page is open. The program has mounted `dashboard(…)` of `holdfast/dashboard`, which may be within reach of this machine only.',
    'Nothing can be changed from here.',
  ],
  examples: [
    {
      does: 'a program on this machine',
      line: 'holdfast dashboard --url http://localhost:3000/holdfast',
    },
    {
      does: 'one that asks who you are',
      line: "holdfast dashboard --url https://shop.internal/holdfast --header 'Authorization: Bearer …'",
    },
  ],
  options: DASHBOARD_OPTIONS,
  exits: { 0: 'ended by Ctrl-C', 1: 'the port is taken' },
  run: async (line, world) => (await import('./dashboard.ts')).showDashboard(line, world),
});
