// The time at which tests begin, and waiting for what has no event.

/** A second long past, so that nothing depends on the clock of the machine. */
export const NOW = 1_000_000_000;

/** A clock that a test sets. */
export type Clock = { now: number };

/** Polls until the condition holds; rejects after `deadline` ms with an error that names `what`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  deadline = 30_000,
): Promise<void> {
  const end = performance.now() + deadline;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${deadline} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
