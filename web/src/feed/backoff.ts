const FirstMs = 500;
const CapMs = 15_000;

/** Doubles up to a cap; the jitter keeps a thousand pages from coming back in the same instant. */
export function backoffMs(attempt: number, random: () => number): number {
  const whole = Math.min(CapMs, FirstMs * 2 ** Math.min(attempt, 10));
  return whole / 2 + (whole / 2) * random();
}
