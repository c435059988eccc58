import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a child was asked, and what it makes of it. */
export interface Job {
  readonly name: string;
  readonly input: unknown;
}

/** A child's answer, with the names of the warnings that Node raised in it. */
export interface Answer<Output> {
  readonly output: Output;
  readonly warnings: readonly string[];
}

/**
 * The young generation at the size that V8 would let it grow to anyway: fixed, so that a collection
 * never falls into a small sample and two children never differ in how far it has grown.
 */
const NODE_OPTIONS = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16'];
const LONGEST_JOB_MS = 60_000;
const program = fileURLToPath(import.meta.url);
const children = new Set<ChildProcess>();
process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));

/** Does one job in a fresh process of its own. */
export function inChild<Output>(name: string, input: unknown): Promise<Answer<Output>> {
  return new Promise((resolve, reject) => {
    const child = startChild({ name, input });
    let complaints = '';
    let answer: Answer<Output> | undefined;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    child.on('message', (message) => (answer = message as Answer<Output>));
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_JOB_MS);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (answer) resolve(answer);
      else reject(new Error(`${name} ${JSON.stringify(input)} ended with ${code}\n${complaints}`));
    });
  });
}

/** Starts a process that does one job and then lives until it is ended. */
export function startChild(job: Job): ChildProcess {
  const child = fork(program, ['child', JSON.stringify(job)], {
    execArgv: NODE_OPTIONS,
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** The job that this process was started for; `undefined` in the parent. */
export function jobOfThisProcess(): Job | undefined {
  const [mode, job] = process.argv.slice(2);
  return mode === 'child' && job !== undefined ? (JSON.parse(job) as Job) : undefined;
}

/** Does this process's job, tells the parent, and ends, whatever the libraries have left running. */
export async function answerJob(work: () => Promise<unknown>): Promise<never> {
  const warnings = new Set<string>();
  process.on('warning', ({ name }) => warnings.add(name));
  const output = await work();
  await new Promise((sent) => {
    process.send?.({ output, warnings: [...warnings] } satisfies Answer<unknown>, sent);
  });
  process.exit(0);
}

/** Empties the heap of what nobody holds. */
export function collectGarbage(): void {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('run with --expose-gc, as `npm run bench` does');
  gc();
}
