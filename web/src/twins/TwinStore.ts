import { MalformedError } from './binary';
import { HashSeed, canonicalBits, mix, type Checksum } from './checksum';
import { freshnessOf, type ChangeColumns, type Freshness, type TwinKind } from './columns';

/** Handles are dense ordinals; one far beyond any city is a broken frame and must not make us allocate. */
export const HandleMax = 4_194_304;
export const MeasuresMax = 5;
const InitialCapacity = 16_384;
const NoKind = 255;
const KindCount = 9;
const ConditionCount = 256;
const FreshnessCount = 4;

/** What the city last said about one twin. */
export interface TwinState {
  readonly kind: TwinKind;
  readonly condition: number;
  readonly flags: number;
  /** Unix milliseconds, 0 for never. */
  readonly measuredAt: number;
  readonly measures: readonly number[];
}

/** The newest state of every member of the watch, in columns by handle. */
export class TwinStore {
  #capacity = InitialCapacity;
  #kind = new Uint8Array(InitialCapacity).fill(NoKind);
  #condition = new Uint8Array(InitialCapacity);
  #flags = new Uint8Array(InitialCapacity);
  #seconds = new Uint32Array(InitialCapacity);
  #milliseconds = new Uint16Array(InitialCapacity);
  #measureCount = new Uint8Array(InitialCapacity);
  #measures = Array.from({ length: MeasuresMax }, () => new Float32Array(InitialCapacity).fill(NaN));
  #hash = new Uint32Array(InitialCapacity);
  #seen: Uint8Array | undefined;
  readonly #counts = new Int32Array(KindCount * ConditionCount * FreshnessCount);
  #members = 0;
  #sum = 0;
  #xor = 0;
  #end = 0;
  readonly #word = new Float32Array(1);
  readonly #wordBits = new Uint32Array(this.#word.buffer);

  get members(): number {
    return this.#members;
  }

  /** One more than the highest handle that was ever seen. */
  get end(): number {
    return this.#end;
  }

  /** Kept up to date with every change, so that it can be compared at any frame. */
  get checksum(): Checksum {
    return { members: this.#members, sum: this.#sum, xor: this.#xor };
  }

  /** Forgets everything: the handles of another epoch mean nothing. */
  clear(): void {
    this.#kind.fill(NoKind);
    this.#counts.fill(0);
    this.#members = this.#sum = this.#xor = this.#end = 0;
    this.#seen = undefined;
  }

  /** A snapshot replaces the state without a moment of emptiness: what it does not name is dropped at its end. */
  beginSnapshot(): void {
    this.#seen = new Uint8Array(this.#capacity);
  }

  /** Calls back for each twin that the snapshot no longer names. */
  endSnapshot(dropped: (kind: TwinKind, handle: number) => void): void {
    const seen = this.#seen;
    this.#seen = undefined;
    if (!seen) return;
    for (let handle = 0; handle < this.#end; handle++) {
      const kind = this.#kind[handle]!;
      if (kind === NoKind || seen[handle]) continue;
      this.#leave(handle);
      this.#kind[handle] = NoKind;
      dropped(kind as TwinKind, handle);
    }
  }

  /** Throws MalformedError before anything of the section is taken. */
  apply(changes: ChangeColumns): void {
    this.#require(changes);
    for (let i = 0; i < changes.count; i++) this.#applyOne(changes, i);
  }

  get(handle: number): TwinState | undefined {
    const kind = this.#kind[handle];
    if (kind === undefined || kind === NoKind) return undefined;
    return {
      kind: kind as TwinKind,
      condition: this.#condition[handle]!,
      flags: this.#flags[handle]!,
      measuredAt: this.#seconds[handle]! * 1000 + this.#milliseconds[handle]!,
      measures: this.#measures.slice(0, this.#measureCount[handle]).map((column) => column[handle]!),
    };
  }

  count(kind: TwinKind, condition: number, freshness: Freshness): number {
    return this.#counts[(kind * ConditionCount + condition) * FreshnessCount + freshness] ?? 0;
  }

  countOfCondition(kind: TwinKind, condition: number): number {
    let total = 0;
    for (let freshness = 0; freshness < FreshnessCount; freshness++) {
      total += this.count(kind, condition, freshness as Freshness);
    }
    return total;
  }

  countOfFreshness(kind: TwinKind, freshness: Freshness): number {
    let total = 0;
    for (let condition = 0; condition < ConditionCount; condition++) total += this.count(kind, condition, freshness);
    return total;
  }

  /** Visits each member of a kind, without allocating. */
  forEach(kind: TwinKind, visit: (handle: number, condition: number, freshness: Freshness) => void): void {
    for (let handle = 0; handle < this.#end; handle++) {
      if (this.#kind[handle] === kind) visit(handle, this.#condition[handle]!, freshnessOf(this.#flags[handle]!));
    }
  }

  measure(handle: number, index: number): number {
    return this.#measures[index]?.[handle] ?? NaN;
  }

  /** The current states of some twins as one change; a twin that is no member is unknown. */
  columnsOf(kind: TwinKind, handles: Uint32Array): ChangeColumns {
    const count = handles.length;
    const columns = {
      kind, count, handle: handles,
      measuredAtSeconds: new Uint32Array(count), measuredAtMilliseconds: new Uint16Array(count),
      measures: Array.from({ length: MeasuresMax }, () => new Float32Array(count)),
      condition: new Uint8Array(count), flags: new Uint8Array(count),
    };
    for (let i = 0; i < count; i++) {
      const handle = handles[i]!;
      const isMember = this.#kind[handle] === kind;
      for (let m = 0; m < MeasuresMax; m++) columns.measures[m]![i] = isMember ? this.#measures[m]![handle]! : NaN;
      if (!isMember) continue;
      columns.measuredAtSeconds[i] = this.#seconds[handle]!;
      columns.measuredAtMilliseconds[i] = this.#milliseconds[handle]!;
      columns.condition[i] = this.#condition[handle]!;
      columns.flags[i] = this.#flags[handle]!;
    }
    return columns;
  }

  /** Every member of a kind, ascending. */
  handlesOf(kind: TwinKind): Uint32Array {
    let count = 0;
    for (let handle = 0; handle < this.#end; handle++) if (this.#kind[handle] === kind) count++;
    const handles = new Uint32Array(count);
    let at = 0;
    for (let handle = 0; handle < this.#end; handle++) if (this.#kind[handle] === kind) handles[at++] = handle;
    return handles;
  }

  /** From the columns themselves: proves that what is kept up to date is also what is there. */
  recount(): Checksum {
    let members = 0;
    let sum = 0;
    let xor = 0;
    for (let handle = 0; handle < this.#end; handle++) {
      if (this.#kind[handle] === NoKind) continue;
      const hash = this.#hashOf(handle);
      members++;
      sum = (sum + hash) >>> 0;
      xor = (xor ^ hash) >>> 0;
    }
    return { members, sum, xor };
  }

  #require(changes: ChangeColumns): void {
    let highest = -1;
    for (let i = 0; i < changes.count; i++) {
      const handle = changes.handle[i]!;
      if (handle >= HandleMax) throw new MalformedError(`handle ${handle} is beyond ${HandleMax}`);
      const kind = this.#kind[handle];
      if (kind !== undefined && kind !== NoKind && kind !== changes.kind) {
        throw new MalformedError(`twin ${handle} of kind ${kind} is said to be of kind ${changes.kind}`);
      }
      if (handle > highest) highest = handle;
    }
    if (changes.measures.length > MeasuresMax) throw new MalformedError(`${changes.measures.length} measures`);
    this.#grow(highest + 1);
  }

  #applyOne(changes: ChangeColumns, i: number): void {
    const handle = changes.handle[i]!;
    if (this.#kind[handle] !== NoKind) this.#leave(handle);
    this.#kind[handle] = changes.kind;
    this.#condition[handle] = changes.condition[i]!;
    this.#flags[handle] = changes.flags[i]!;
    this.#seconds[handle] = changes.measuredAtSeconds[i]!;
    this.#milliseconds[handle] = changes.measuredAtMilliseconds[i]!;
    this.#measureCount[handle] = changes.measures.length;
    for (let m = 0; m < MeasuresMax; m++) this.#measures[m]![handle] = changes.measures[m]?.[i] ?? NaN;
    if (this.#seen) this.#seen[handle] = 1;
    this.#enter(handle);
  }

  #enter(handle: number): void {
    const hash = this.#hashOf(handle);
    this.#hash[handle] = hash;
    this.#members++;
    this.#sum = (this.#sum + hash) >>> 0;
    this.#xor = (this.#xor ^ hash) >>> 0;
    this.#counts[this.#cell(handle)]!++;
  }

  #leave(handle: number): void {
    const hash = this.#hash[handle]!;
    this.#members--;
    this.#sum = (this.#sum - hash) >>> 0;
    this.#xor = (this.#xor ^ hash) >>> 0;
    this.#counts[this.#cell(handle)]!--;
  }

  #cell(handle: number): number {
    const kind = this.#kind[handle]!;
    return (kind * ConditionCount + this.#condition[handle]!) * FreshnessCount + freshnessOf(this.#flags[handle]!);
  }

  // docs/contracts.md §2.2
  #hashOf(handle: number): number {
    let hash = mix(HashSeed, handle);
    hash = mix(hash, this.#condition[handle]! | (this.#flags[handle]! << 8));
    hash = mix(hash, this.#seconds[handle]!);
    hash = mix(hash, this.#milliseconds[handle]!);
    const measureCount = this.#measureCount[handle]!;
    for (let m = 0; m < measureCount; m++) {
      const value = this.#measures[m]![handle]!;
      this.#word[0] = value;
      hash = mix(hash, canonicalBits(value, this.#wordBits[0]!));
    }
    return hash;
  }

  #grow(needed: number): void {
    if (needed > this.#end) this.#end = needed;
    if (needed <= this.#capacity) return;
    let capacity = this.#capacity;
    while (capacity < needed) capacity *= 2;
    this.#kind = grown(this.#kind, new Uint8Array(capacity).fill(NoKind));
    this.#condition = grown(this.#condition, new Uint8Array(capacity));
    this.#flags = grown(this.#flags, new Uint8Array(capacity));
    this.#seconds = grown(this.#seconds, new Uint32Array(capacity));
    this.#milliseconds = grown(this.#milliseconds, new Uint16Array(capacity));
    this.#measureCount = grown(this.#measureCount, new Uint8Array(capacity));
    this.#measures = this.#measures.map((column) => grown(column, new Float32Array(capacity).fill(NaN)));
    this.#hash = grown(this.#hash, new Uint32Array(capacity));
    if (this.#seen) this.#seen = grown(this.#seen, new Uint8Array(capacity));
    this.#capacity = capacity;
  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
