import { Freshness, type ChangeColumns, type TwinKind } from '../../src/twins/columns';
import { FrameMagic } from '../../src/twins/frame';
import { SceneMagic } from '../../src/twins/sceneFile';

/** One twin's state as a test writes it. */
export interface Reading {
  readonly handle: number;
  readonly measuredAt?: number;
  readonly measures?: readonly number[];
  readonly condition?: number;
  readonly freshness?: number;
  readonly quality?: number;
}

export interface FrameToWrite {
  readonly type: 1 | 2;
  readonly flags?: number;
  readonly epoch: number;
  readonly number: number;
  readonly previous: number;
  readonly members: number;
  readonly serverTime?: number;
  readonly sections?: readonly ChangeColumns[];
}

export function section(kind: TwinKind, measureCount: number, readings: readonly Reading[]): ChangeColumns {
  const column = (pick: (reading: Reading) => number): number[] => readings.map(pick);
  return {
    kind,
    count: readings.length,
    handle: Uint32Array.from(column(({ handle }) => handle)),
    measuredAtSeconds: Uint32Array.from(column(({ measuredAt = 0 }) => Math.floor(measuredAt / 1000))),
    measuredAtMilliseconds: Uint16Array.from(column(({ measuredAt = 0 }) => measuredAt % 1000)),
    measures: Array.from({ length: measureCount }, (_, m) =>
      Float32Array.from(column(({ measures }) => measures?.[m] ?? NaN))),
    condition: Uint8Array.from(column(({ condition = 0 }) => condition)),
    flags: Uint8Array.from(column(({ freshness = Freshness.live, quality = 0 }) => freshness | (quality << 2))),
  };
}

/** Writes ALF1 after docs/contracts.md §2.1, independently of the decoder. */
export function encodeFrame(frame: FrameToWrite): Uint8Array {
  const bytes: number[] = [];
  const word = (value: number): void => void bytes.push(...new Uint8Array(Uint32Array.of(value).buffer));
  const column = (values: ArrayBufferView): void => {
    for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) bytes.push(byte);
    while (bytes.length % 4 !== 0) bytes.push(0);
  };
  const sections = frame.sections ?? [];
  word(FrameMagic);
  bytes.push(frame.type, frame.flags ?? 3, sections.length & 255, sections.length >> 8);
  for (const value of [frame.epoch, frame.number, frame.previous, frame.members]) word(value);
  column(Float64Array.of(frame.serverTime ?? 1_795_219_200_000));
  for (const part of sections) {
    bytes.push(part.kind, part.measures.length, 0, 0);
    word(part.count);
    column(part.handle);
    column(part.measuredAtSeconds);
    for (const measure of part.measures) column(measure);
    column(part.measuredAtMilliseconds);
    column(part.condition);
    column(part.flags);
  }
  return Uint8Array.from(bytes);
}

export interface Place {
  readonly handle: number;
  readonly id: string;
  readonly at: readonly [number, number];
  readonly outline?: readonly number[];
  readonly height?: number;
  readonly tag?: number;
}

/** Writes ALS1 after docs/contracts.md §3. */
export function encodeScene(kind: TwinKind, epoch: number, places: readonly Place[]): ArrayBuffer {
  const outline = places.flatMap((place) => place.outline ?? []);
  const ids = new TextEncoder().encode(places.map(({ id }) => id).join(''));
  const starts = (lengths: readonly number[]): Uint32Array => {
    const result = new Uint32Array(lengths.length + 1);
    lengths.forEach((length, i) => (result[i + 1] = result[i]! + length));
    return result;
  };
  const columns: ArrayBufferView[] = [
    Float64Array.from(places, ({ at }) => at[0]), Float64Array.from(places, ({ at }) => at[1]),
    Uint32Array.from(places, ({ handle }) => handle),
    new Int32Array(places.length).fill(-1), new Int32Array(places.length).fill(-1),
    Float32Array.from(places, ({ height = 0 }) => height),
    starts(places.map((place) => (place.outline?.length ?? 0) / 2)), Float32Array.from(outline),
    starts(places.map(({ id }) => id.length)),
    new Uint16Array(places.length), Uint8Array.from(places, ({ tag = 0 }) => tag), ids,
  ];
  const padded = (length: number): number => Math.ceil(length / 4) * 4;
  const bytes = new Uint8Array(32 + columns.reduce((sum, { byteLength }) => sum + padded(byteLength), 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SceneMagic, true);
  view.setUint8(4, kind);
  view.setUint8(5, 1);
  [places.length, outline.length / 2, ids.length, epoch].forEach((value, i) => view.setUint32(8 + 4 * i, value, true));
  let at = 32;
  for (const column of columns) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += padded(column.byteLength);
  }
  return bytes.buffer;
}

/** Mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
