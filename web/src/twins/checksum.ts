/** What two replicas compare: equal sums and xors of one hash a member (docs/contracts.md §2.2). */
export interface Checksum {
  readonly members: number;
  readonly sum: number;
  readonly xor: number;
}

export const HashSeed = 0x9e3779b9;
const CanonicalNaNBits = 0x7fc00000;

export function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** IEEE 754 leaves the payload of a NaN open; one stands for all, so that both ends agree. */
export function canonicalBits(value: number, bits: number): number {
  return Number.isNaN(value) ? CanonicalNaNBits : bits;
}
