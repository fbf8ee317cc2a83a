/** Lets the event loop go round: timers, sockets and handshakes have their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
