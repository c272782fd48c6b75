import type { ChangeColumns } from '../twins/columns';
import { Freshness, freshnessOf } from '../twins/columns';

export interface LatencySample {
  readonly handle: number;
  readonly measuredAtMs: number;
  readonly shownAtMs: number;
}

export const SamplesMax = 10_000;
export const SamplesPerFrameMax = 64;

/** From measured to shown, for some of the twins of every frame; the oldest samples give way. */
export class LatencyRing {
  readonly #samples: LatencySample[] = [];
  #next = 0;
  #waiting: { handle: number; measuredAtMs: number }[] = [];

  /** Picks evenly from a delta; a change that is not news of a measurement (stale, lost) says nothing of latency. */
  pick(sections: readonly ChangeColumns[]): void {
    for (const section of sections) {
      const step = Math.max(1, Math.floor((section.count * sections.length) / SamplesPerFrameMax));
      for (let i = 0; i < section.count; i += step) {
        if (this.#waiting.length >= SamplesPerFrameMax) return;
        if (freshnessOf(section.flags[i]!) !== Freshness.live) continue;
        const measuredAtMs = section.measuredAtSeconds[i]! * 1000 + section.measuredAtMilliseconds[i]!;
        if (measuredAtMs > 0) this.#waiting.push({ handle: section.handle[i]!, measuredAtMs });
      }
    }
  }

  /** Takes what waits; the caller gives it back to `shown` once the browser has drawn it. */
  take(): readonly { handle: number; measuredAtMs: number }[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  shown(picked: readonly { handle: number; measuredAtMs: number }[], shownAtMs: number): void {
    for (const sample of picked) {
      this.#samples[this.#next] = { ...sample, shownAtMs };
      this.#next = (this.#next + 1) % SamplesMax;
    }
  }

  /** Oldest first. */
  all(): LatencySample[] {
    if (this.#samples.length < SamplesMax) return [...this.#samples];
    return [...this.#samples.slice(this.#next), ...this.#samples.slice(0, this.#next)];
  }
}
