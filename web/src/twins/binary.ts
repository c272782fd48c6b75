/** A frame or a scene that is not what the contract says; the receiver throws its state away and asks again. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/** Walks over columns that all start at a multiple of 4 bytes; hands out views, never copies. */
export class ColumnReader {
  readonly #buffer: ArrayBuffer;
  #at: number;

  constructor(buffer: ArrayBuffer, start: number) {
    this.#buffer = buffer;
    this.#at = start;
  }

  get at(): number {
    return this.#at;
  }

  u8 = (count: number): Uint8Array => new Uint8Array(this.#buffer, this.#take(count, 1), count);
  u16 = (count: number): Uint16Array => new Uint16Array(this.#buffer, this.#take(count, 2), count);
  u32 = (count: number): Uint32Array => new Uint32Array(this.#buffer, this.#take(count, 4), count);
  i32 = (count: number): Int32Array => new Int32Array(this.#buffer, this.#take(count, 4), count);
  f32 = (count: number): Float32Array => new Float32Array(this.#buffer, this.#take(count, 4), count);
  f64 = (count: number): Float64Array => new Float64Array(this.#buffer, this.#take(count, 8), count);

  #take(count: number, size: number): number {
    const start = this.#at;
    const end = start + count * size;
    // Compared before any view is made: a declared count must not reach beyond the bytes that came.
    if (end > this.#buffer.byteLength) {
      throw new MalformedError(`column of ${count} × ${size} bytes at ${start} exceeds ${this.#buffer.byteLength}`);
    }
    // The padding of the very last column may be absent.
    this.#at = Math.min(Math.ceil(end / 4) * 4, this.#buffer.byteLength);
    return start;
  }
}

/** The bytes as a buffer of their own: views of 4 and 8 bytes need an aligned start, a message seldom has one. */
export function aligned(bytes: Uint8Array | ArrayBuffer): ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes;
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  if (whole && bytes.buffer instanceof ArrayBuffer) return bytes.buffer;
  return bytes.slice().buffer;
}
