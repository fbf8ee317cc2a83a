// Suites of tests: `suite`, hooks and `test.run()` as uvu has them, whose assertions the tests use.
// tsconfig.json has `uvu` lead here. What is different: each test's outcome is known, a test that
// needs a program which the machine does not have is left out instead of failing, and a test that
// does not end fails. It runs in Node and in browsers.

/** Something that the machine lacks, so that a test cannot run. */
export class MissingProgram extends Error {
  override name = 'MissingProgram';
  readonly program: string;

  constructor(program: string) {
    super(`this test needs ${program}, which is not here: \`npm run setup\` installs it`);
    this.program = program;
  }
}

/**
 * A test or hook; all of a suite are given the same object, to pass on what a hook has prepared.
 */
export type Callback<Context> = (context: Context) => unknown;

export interface Test<Context = object> {
  (name: string, work: Callback<Context>): void;
  before: Hook<Context>;
  after: Hook<Context>;
  /** Queues the suite; without it none of its tests runs. */
  run(): void;
}

interface Hook<Context> {
  (work: Callback<Context>): void;
  each(work: Callback<Context>): void;
}

type Step = Callback<never>;

export interface Suite {
  readonly name: string;
  readonly context: object;
  readonly tests: { name: string; work: Step }[];
  readonly before: Step[];
  readonly after: Step[];
  readonly beforeEach: Step[];
  readonly afterEach: Step[];
}

export type Outcome =
  | { name: string; status: 'passed' }
  | { name: string; status: 'failed'; error: unknown }
  | { name: string; status: 'not run'; program: string };

/** Suites that are to run, in order. */
export const queue: Suite[] = [];

/** Notes for a file's line in the run. */
export const remarks: string[] = [];

/** Adds a note to this file's line in the run. */
export function remark(text: string): void {
  remarks.push(text);
}

/** Longest time that a test or hook may take, ms: on a busy machine the longest take one minute. */
const LIMIT = 5 * 60_000;

/** Makes a suite; its tests run once `run()` has been called. */
export function suite<Context extends object>(name: string): Test<Context> {
  let made = emptySuite(name);
  const test = (title: string, work: Step): void => void made.tests.push({ name: title, work });
  const hook = (once: 'before' | 'after', each: 'beforeEach' | 'afterEach'): Hook<Context> =>
    Object.assign((work: Step) => void made[once].push(work), {
      each: (work: Step) => void made[each].push(work),
    });
  return Object.assign(test, {
    before: hook('before', 'beforeEach'),
    after: hook('after', 'afterEach'),
    run: () => {
      queue.push(made);
      made = emptySuite(name); // `test` below is one for all files
    },
  });
}

function emptySuite(name: string): Suite {
  return { name, context: {}, tests: [], before: [], after: [], beforeEach: [], afterEach: [] };
}

/** Tests of a file that has no need of a suite with a name. */
export const test: Test = suite('');

/** Runs a suite. If it cannot be prepared, each of its tests has the outcome of the preparation. */
export async function runSuite(made: Suite): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const run = (name: string, steps: Step[]): Promise<Outcome> =>
    outcomeOf(name, steps, made.context);
  const prepared = await run('before', made.before);
  for (const { name, work } of made.tests) {
    if (prepared.status !== 'passed') {
      outcomes.push({ ...prepared, name });
      continue;
    }
    const outcome = await run(name, [...made.beforeEach, work]);
    const tidied = await run(name, made.afterEach);
    outcomes.push(outcome.status === 'passed' ? tidied : outcome);
  }
  const closed = await run('after', made.after);
  if (closed.status !== 'passed' && prepared.status === 'passed') outcomes.push(closed);
  return outcomes;
}

async function outcomeOf(name: string, steps: Step[], context: object): Promise<Outcome> {
  try {
    for (const step of steps) await inTime(step as Callback<object>, context);
    return { name, status: 'passed' };
  } catch (error) {
    const program = missingIn(error);
    if (program !== undefined) return { name, status: 'not run', program };
    return { name, status: 'failed', error };
  }
}

/**
 * The timer also keeps a program alive that waits for what never comes: it would end with success.
 */
async function inTime(step: Callback<object>, context: object): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${LIMIT / 1000} s`)), LIMIT);
  });
  try {
    await Promise.race([step(context), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The missing program that made something fail, if that is the cause. */
function missingIn(error: unknown): string | undefined {
  if (error instanceof MissingProgram) return error.program;
  return error instanceof Error && error.cause !== undefined ? missingIn(error.cause) : undefined;
}
