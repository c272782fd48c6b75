/** Rows of a texture that changed and have to be uploaded. */
export interface RowRun {
  readonly row: number;
  readonly rows: number;
}

export const texelsPerRow = 512;

/** Uploading a few clean rows costs less than a second call into the driver. */
const gapRowsMax = 8;

/** The visible state of one layer: four bytes a twin, the CPU side of its state texture. */
export class StateTexels {
  readonly rows: number;
  readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private readonly dirty: Uint8Array;
  private dirtyFirst = Number.MAX_SAFE_INTEGER;
  private dirtyLast = -1;

  constructor(readonly count: number) {
    this.rows = Math.max(1, Math.ceil(count / texelsPerRow));
    this.bytes = new Uint8Array(this.rows * texelsPerRow * 4);
    this.words = new Uint32Array(this.bytes.buffer);
    this.dirty = new Uint8Array(this.rows);
  }

  get isDirty(): boolean {
    return this.dirtyLast >= 0;
  }

  /** Red is the low byte: every machine that runs a browser is little-endian. */
  set(slot: number, texel: number): boolean {
    if (slot < 0 || slot >= this.count || this.words[slot] === texel >>> 0) return false;
    this.words[slot] = texel;
    const row = (slot / texelsPerRow) | 0;
    this.dirty[row] = 1;
    if (row < this.dirtyFirst) this.dirtyFirst = row;
    if (row > this.dirtyLast) this.dirtyLast = row;
    return true;
  }

  get(slot: number): number {
    return this.words[slot] ?? 0;
  }

  /** Hands over the changed rows, and forgets them. */
  takeDirtyRuns(): RowRun[] {
    const runs: RowRun[] = [];
    let start = -1;
    let end = -1;
    for (let row = this.dirtyFirst; row <= this.dirtyLast; row++) {
      if (this.dirty[row] === 0) continue;
      this.dirty[row] = 0;
      if (start >= 0 && row - end > gapRowsMax + 1) {
        runs.push({ row: start, rows: end - start + 1 });
        start = -1;
      }
      if (start < 0) start = row;
      end = row;
    }
    if (start >= 0) runs.push({ row: start, rows: end - start + 1 });
    this.dirtyFirst = Number.MAX_SAFE_INTEGER;
    this.dirtyLast = -1;
    return runs;
  }

  rowBytes(run: RowRun): Uint8Array {
    const rowLength = texelsPerRow * 4;
    return this.bytes.subarray(run.row * rowLength, (run.row + run.rows) * rowLength);
  }
}

export const packTexel = (red: number, green: number, blue: number, alpha: number): number =>
  (red | (green << 8) | (blue << 16) | (alpha << 24)) >>> 0;
