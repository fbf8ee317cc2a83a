// Says how something went: a worker tells its page, a page leaves it where a driver finds it.

/** Runs `work` and reports its result, or its error, and what the policy forbade meanwhile. */
export async function report(work: () => unknown): Promise<void> {
  const violations: string[] = [];
  addEventListener('securitypolicyviolation', (event) => {
    violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
  let outcome: unknown;
  try {
    outcome = { result: await work(), violations };
  } catch (error) {
    const stack = error instanceof Error ? error.stack : ''; // without the message in Firefox
    outcome = { error: `${error}\n${stack}`, violations };
  }
  if (typeof document === 'undefined') postMessage(outcome);
  else Object.assign(globalThis, { outcome });
}
