import type { Checksum } from './checksum';

const LengthMax = 64;

/** Checksums of the newest frames: the server's answer may name one that lies a little behind. */
export class ChecksumTrail {
  readonly #entries: { number: number; checksum: Checksum }[] = [];

  record(number: number, checksum: Checksum): void {
    this.#entries.push({ number, checksum });
    if (this.#entries.length > LengthMax) this.#entries.shift();
  }

  at(number: number): Checksum | undefined {
    return this.#entries.findLast((entry) => entry.number === number)?.checksum;
  }

  get newest(): number | undefined {
    return this.#entries.at(-1)?.number;
  }

  clear(): void {
    this.#entries.length = 0;
  }
}

export function checksumsEqual(one: Checksum, other: Checksum): boolean {
  return one.members === other.members && one.sum >>> 0 === other.sum >>> 0 && one.xor >>> 0 === other.xor >>> 0;
}
