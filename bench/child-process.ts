import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
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

/** A child that does the same work again whenever it is asked. */
export interface Companion {
  ask<Output>(): Promise<Output>;
  end(): void;
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
export async function inChild<Output>(name: string, input: unknown): Promise<Answer<Output>> {
  const child = startChild({ name, input });
  const closed = once(child, 'close');
  const answer = await messageFrom<Answer<Output>>(child, titleOf(name, input));
  await closed;
  return answer;
}

/** Starts a child, and waits until it is ready to be asked. */
export async function startCompanion(name: string, input: unknown): Promise<Companion> {
  const child = startChild({ name, input });
  const title = titleOf(name, input);
  await messageFrom(child, title);
  return {
    ask<Output>() {
      const answer = messageFrom<Output>(child, title);
      child.send('again');
      return answer;
    },
    end: () => void child.kill(),
  };
}

const titleOf = (name: string, input: unknown) => `${name} ${JSON.stringify(input)}`;

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

/** The next message of a child. Rejects, with what it complained of, when the child ends instead. */
function messageFrom<Message>(child: ChildProcess, title: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    let complaints = '';
    const complain = (text: Buffer) => (complaints += text.toString());
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_JOB_MS);
    const settle = () => {
      clearTimeout(timer);
      child.stderr?.off('data', complain).resume();
      child.off('message', take).off('close', fail);
    };
    const take = (message: unknown) => {
      settle();
      resolve(message as Message);
    };
    const fail = (code: number | null) => {
      settle();
      reject(new Error(`${title} ended with ${code}\n${complaints}`));
    };
    child.stderr?.on('data', complain);
    child.once('message', take).once('close', fail);
  });
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

/** Does the work each time that the parent asks, and ends with the parent. */
export function answerEveryTime(work: () => Promise<unknown>): void {
  process.once('disconnect', () => process.exit(0));
  process.on('message', () => {
    void work().then((output) => process.send?.(output as object));
  });
  process.send?.('ready');
}

/** Empties the heap of what nobody holds. */
export function collectGarbage(): void {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('run with --expose-gc, as `npm run bench` does');
  gc();
}
