import { ColumnReader, MalformedError, aligned } from './binary';
import { TwinKind, type ChangeColumns } from './columns';

/** One push of the hub, decoded; the columns are views of `buffer` (docs/contracts.md §2.1). */
export interface Frame {
  readonly type: 'snapshot' | 'delta';
  readonly first: boolean;
  readonly last: boolean;
  readonly epoch: number;
  readonly number: number;
  /** The frame that the receiver must hold before this one. */
  readonly previous: number;
  /** Twins of the watch that have a state, after this frame. */
  readonly members: number;
  /** Server time, Unix milliseconds. */
  readonly serverTime: number;
  readonly sections: readonly ChangeColumns[];
  readonly buffer: ArrayBuffer;
}

export const FrameMagic = 0x31464c41;
const HeaderBytes = 32;
const MeasuresMax = 5;
const KindMax = Math.max(...Object.values(TwinKind));

/** Throws MalformedError on anything that the format does not allow; never returns half a frame. */
export function decodeFrame(bytes: Uint8Array | ArrayBuffer): Frame {
  const buffer = aligned(bytes);
  if (buffer.byteLength < HeaderBytes) throw new MalformedError(`frame of ${buffer.byteLength} bytes has no header`);
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== FrameMagic) throw new MalformedError('not an ALF1 frame');
  const type = view.getUint8(4);
  if (type !== 1 && type !== 2) throw new MalformedError(`frame type ${type}`);
  const flags = view.getUint8(5);
  if (type === 2 && (flags & 3) !== 3) throw new MalformedError('a delta is always first and last part');
  const serverTime = view.getFloat64(24, true);
  if (!Number.isFinite(serverTime)) throw new MalformedError('server time is not a number');
  return {
    type: type === 1 ? 'snapshot' : 'delta',
    first: (flags & 1) !== 0,
    last: (flags & 2) !== 0,
    epoch: view.getUint32(8, true),
    number: view.getUint32(12, true),
    previous: view.getUint32(16, true),
    members: view.getUint32(20, true),
    serverTime,
    sections: decodeSections(buffer, view.getUint16(6, true)),
    buffer,
  };
}

function decodeSections(buffer: ArrayBuffer, sectionCount: number): ChangeColumns[] {
  const reader = new ColumnReader(buffer, HeaderBytes);
  const sections: ChangeColumns[] = [];
  for (let i = 0; i < sectionCount; i++) sections.push(decodeSection(reader));
  if (reader.at !== buffer.byteLength) {
    throw new MalformedError(`${buffer.byteLength - reader.at} bytes follow the last section`);
  }
  return sections;
}

function decodeSection(reader: ColumnReader): ChangeColumns {
  const [kind = 0, measureCount = 0] = reader.u8(4);
  const [count = 0] = reader.u32(1);
  if (kind > KindMax) throw new MalformedError(`kind ${kind}`);
  if (measureCount > MeasuresMax) throw new MalformedError(`${measureCount} measures`);
  return {
    kind: kind as TwinKind,
    count,
    handle: reader.u32(count),
    measuredAtSeconds: reader.u32(count),
    measures: Array.from({ length: measureCount }, () => reader.f32(count)),
    measuredAtMilliseconds: reader.u16(count),
    condition: reader.u8(count),
    flags: reader.u8(count),
  };
}
