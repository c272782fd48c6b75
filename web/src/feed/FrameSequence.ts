import type { Frame } from '../twins/frame';

/** What this client holds of a watch: the number of the last frame that was taken without a gap. */
export interface Held {
  readonly epoch: number;
  readonly number: number;
}

export type Verdict = 'take' | 'skip' | 'gap';

/** Decides which frames continue what is held (docs/contracts.md §2.1); it never repairs, it only says. */
export class FrameSequence {
  #held: Held | undefined;
  #partial: Held | undefined;
  #awaitsSnapshot = true;

  get held(): Held | undefined {
    return this.#held;
  }

  /** A watch without resume was sent: whatever still comes of the old one is not wanted. */
  reset(): void {
    this.#held = undefined;
    this.#partial = undefined;
    this.#awaitsSnapshot = true;
  }

  /** The server cannot resume; unless its snapshot overtook the answer, wait for it. */
  notResumed(asked: Held): void {
    if (this.#held === asked) this.reset();
  }

  offer(frame: Frame): Verdict {
    return frame.type === 'snapshot' ? this.#offerPart(frame) : this.#offerDelta(frame);
  }

  #offerPart(frame: Frame): Verdict {
    const { epoch, number } = frame;
    if (frame.first) {
      // From here on the old state is being overwritten, so that it could no longer be resumed.
      this.#held = undefined;
      this.#awaitsSnapshot = false;
      this.#partial = { epoch, number };
    } else if (this.#awaitsSnapshot) {
      return 'skip';
    } else if (this.#partial?.epoch !== epoch || this.#partial.number !== number) {
      return 'gap';
    }
    if (frame.last) {
      this.#held = { epoch, number };
      this.#partial = undefined;
    }
    return 'take';
  }

  #offerDelta(frame: Frame): Verdict {
    if (this.#awaitsSnapshot) return 'skip';
    if (this.#held?.epoch !== frame.epoch || this.#held.number !== frame.previous) return 'gap';
    this.#held = { epoch: frame.epoch, number: frame.number };
    return 'take';
  }
}
