import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** No command of the check may take longer, in milliseconds. */
const MAX_COMMAND_MS = 120_000;

/** Makes Node behave as before 20.19, where `require` loads no ES module. */
export const OLDER_NODE = process.allowedNodeEnvironmentFlags.has('--experimental-require-module')
  ? ['--no-experimental-require-module']
  : [];

/** A user's project in a folder outside the repository, and the steps that are tried in it. */
export class ScratchProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-consumer-'));
  #failures = 0;

  /** How many steps have failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Does one step and prints a line about it, and what it said if it failed. */
  step(what: string, act: () => string | void): void {
    try {
      const detail = act();
      console.log(`ok      ${what}${detail ? `: ${detail}` : ''}`);
    } catch (error) {
      this.#failures += 1;
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      const said = [stdout, stderr].filter((text) => text !== undefined && text !== '');
      console.log(`FAILED  ${what}\n${said.length > 0 ? said.join('\n') : String(error)}`);
    }
  }

  /** Writes a file of the project. @returns its path */
  write(name: string, text: string | object): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text));
    return path;
  }

  /** Runs a program, by default in the project's folder. @returns what it printed */
  run(file: string, args: readonly string[], folder = ''): string {
    return execFileSync(file, args, {
      cwd: join(this.folder, folder),
      encoding: 'utf8',
      timeout: MAX_COMMAND_MS,
      stdio: 'pipe',
    });
  }

  /** Runs Node, by default in the project's folder. @returns what it printed */
  node(args: readonly string[], folder = ''): string {
    return this.run(process.execPath, args, folder);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
