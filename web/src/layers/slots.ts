/** A dense table may be at most this many times larger than the twins in it. */
const sparsenessMax = 16;

/** Which texel, and with that which vertices, belong to a twin; and the way back, for picking. */
export class Slots {
  readonly handleOfSlot: Uint32Array;
  readonly rowOfSlot: Uint32Array;
  private readonly first: number;
  private readonly dense: Int32Array | undefined;
  private readonly sparse: Map<number, number> | undefined;

  /** `rowOfSlot` is the order of drawing; `handles` the scene's column. */
  constructor(handles: Uint32Array, rowOfSlot: Uint32Array) {
    this.rowOfSlot = rowOfSlot;
    this.handleOfSlot = Uint32Array.from(rowOfSlot, (row) => handles[row]!);
    const count = handles.length;
    this.first = count > 0 ? handles[0]! : 0;
    const span = count > 0 ? handles[count - 1]! - this.first + 1 : 0;
    if (span <= count * sparsenessMax) {
      this.dense = new Int32Array(span).fill(-1);
      this.handleOfSlot.forEach((handle, slot) => (this.dense![handle - this.first] = slot));
    } else {
      this.sparse = new Map();
      this.handleOfSlot.forEach((handle, slot) => this.sparse!.set(handle, slot));
    }
  }

  get count(): number {
    return this.handleOfSlot.length;
  }

  /** −1 for a twin that is not in this layer. */
  slotOf(handle: number): number {
    return (this.dense ? this.dense[handle - this.first] : this.sparse!.get(handle)) ?? -1;
  }
}

/** A run of slots that lie near each other; drawn, culled and picked together. */
export interface Chunk {
  readonly start: number;
  readonly count: number;
}

/** Orders points so that neighbours get neighbouring slots, and cuts the order into chunks. */
export function orderByPlace(
  positions: Float32Array,
  chunkCount: number,
): { order: Uint32Array; chunks: Chunk[] } {
  const count = positions.length / 3;
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const chunks: Chunk[] = [];
  split(positions, order, 0, count, chunkCount, chunks);
  return { order, chunks };
}

// Halving at the median of the longer side gives chunks of even count, wherever the city is dense.
function split(
  positions: Float32Array, order: Uint32Array, start: number, end: number, countMax: number, chunks: Chunk[],
): void {
  if (end - start <= countMax) {
    if (end > start) chunks.push({ start, count: end - start });
    return;
  }
  let west = Infinity;
  let east = -Infinity;
  let south = Infinity;
  let north = -Infinity;
  for (let i = start; i < end; i++) {
    const x = positions[3 * order[i]!]!;
    const y = positions[3 * order[i]! + 1]!;
    west = Math.min(west, x);
    east = Math.max(east, x);
    south = Math.min(south, y);
    north = Math.max(north, y);
  }
  const axis = east - west >= north - south ? 0 : 1;
  order.subarray(start, end).sort((a, b) => positions[3 * a + axis]! - positions[3 * b + axis]!);
  const middle = (start + end) >> 1;
  split(positions, order, start, middle, countMax, chunks);
  split(positions, order, middle, end, countMax, chunks);
}

/** Centre and radius of a chunk, padded by what stands on its points. */
export function chunkSphere(
  positions: Float32Array, order: Uint32Array, chunk: Chunk, padMetres: number,
): readonly [number, number, number, number] {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = chunk.start; i < chunk.start + chunk.count; i++) {
    for (let axis = 0; axis < 3; axis++) {
      const value = positions[3 * order[i]! + axis]!;
      low[axis] = Math.min(low[axis]!, value);
      high[axis] = Math.max(high[axis]!, value);
    }
  }
  const radius = Math.hypot(high[0]! - low[0]!, high[1]! - low[1]!, high[2]! - low[2]!) / 2;
  return [(low[0]! + high[0]!) / 2, (low[1]! + high[1]!) / 2, (low[2]! + high[2]!) / 2, radius + padMetres];
}
