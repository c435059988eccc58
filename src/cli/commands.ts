import type { Command } from './command.ts';
import { completionsCommand } from './completions/command.ts';
import { dashboardCommand } from './dashboard/command.ts';
import { demoCommand } from './demo/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { explainCommand } from './explain/command.ts';
import { simulateCommand } from './simulate/command.ts';

/** The commands, in the order of the help. A new one is a folder of its own and a line here. */
export const COMMANDS: readonly Command[] = [
  demoCommand,
  explainCommand,
  doctorCommand,
  simulateCommand,
  dashboardCommand,
  completionsCommand,
];
