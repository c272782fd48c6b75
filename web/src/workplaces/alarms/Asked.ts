/** Between the end of one question and the start of the next, however often it is asked for. */
export const RestMs = 2_000;

/** Something of the server's, kept while it is asked for anew; a late answer to a withdrawn question is dropped. */
export class Asked<T> {
  readonly #ask: (signal: AbortSignal) => Promise<T>;
  readonly #changed: () => void;
  readonly #restMs: number;
  #abort = new AbortController();
  #again: ReturnType<typeof setTimeout> | undefined;
  #isAskedAgain = false;
  #restsUntil = -Infinity;
  /** What was last answered. */
  value: T | undefined;
  /** When it was answered, by this machine's clock. */
  answeredAt: number | undefined;
  /** Since when an answer is awaited. */
  waitingSince: number | undefined;
  /** Why the last question was not answered. */
  failure: string | undefined;

  constructor(ask: (signal: AbortSignal) => Promise<T>, changed: () => void, restMs = RestMs) {
    this.#ask = ask;
    this.#restMs = restMs;
    this.#changed = changed;
  }

  /** Soon: one question at a time, and a pause between them. */
  ask(): void {
    if (this.waitingSince !== undefined) {
      this.#isAskedAgain = true;
      return;
    }
    const restMs = this.#restsUntil - Date.now();
    if (restMs <= 0) return void this.#run();
    this.#again ??= setTimeout(() => void this.#run(), restMs);
  }

  /** At once, and what is being asked is no longer wanted. */
  askAnew(): void {
    this.#abort.abort();
    void this.#run();
  }

  /** What was answered holds no more, and what is being asked is no longer wanted. */
  forget(): void {
    this.dispose();
    this.#again = undefined;
    this.#isAskedAgain = false;
    this.value = this.answeredAt = this.waitingSince = this.failure = undefined;
  }

  dispose(): void {
    this.#abort.abort();
    clearTimeout(this.#again);
  }

  async #run(): Promise<void> {
    clearTimeout(this.#again);
    this.#again = undefined;
    this.#isAskedAgain = false;
    const abort = (this.#abort = new AbortController());
    this.waitingSince = Date.now();
    try {
      const value = await this.#ask(abort.signal);
      if (abort.signal.aborted) return;
      this.value = value;
      this.answeredAt = Date.now();
      this.failure = undefined;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.waitingSince = undefined;
    this.#restsUntil = Date.now() + this.#restMs;
    if (this.#isAskedAgain) this.ask();
    this.#changed();
  }
}
