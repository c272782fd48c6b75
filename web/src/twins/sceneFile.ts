import { ColumnReader, MalformedError } from './binary';
import { TwinKind, type SceneColumns } from './columns';

export const SceneMagic = 0x31534c41;
const HeaderBytes = 32;
const Version = 1;

/** Decodes ALS1 (docs/contracts.md §3); the columns are views of the buffer. */
export function decodeScene(buffer: ArrayBuffer): SceneColumns {
  if (buffer.byteLength < HeaderBytes) throw new MalformedError(`scene of ${buffer.byteLength} bytes has no header`);
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== SceneMagic) throw new MalformedError('not an ALS1 scene');
  const kind = view.getUint8(4);
  if (!Object.values<number>(TwinKind).includes(kind)) throw new MalformedError(`kind ${kind}`);
  if (view.getUint8(5) !== Version) throw new MalformedError(`scene version ${view.getUint8(5)}`);
  const count = view.getUint32(8, true);
  const vertexCount = view.getUint32(12, true);
  const idByteCount = view.getUint32(16, true);
  const reader = new ColumnReader(buffer, HeaderBytes);
  const scene: SceneColumns = {
    kind: kind as TwinKind,
    epoch: view.getUint32(20, true),
    count,
    longitude: reader.f64(count),
    latitude: reader.f64(count),
    handle: reader.u32(count),
    parent: reader.i32(count),
    district: reader.i32(count),
    heightMetres: reader.f32(count),
    outlineStart: reader.u32(count + 1),
    outline: reader.f32(2 * vertexCount),
    idStart: reader.u32(count + 1),
    model: reader.u16(count),
    tag: reader.u8(count),
    idBytes: reader.u8(idByteCount),
  };
  if (reader.at !== buffer.byteLength) throw new MalformedError('bytes follow the ids');
  requireStarts(scene.outlineStart, vertexCount, 'outline');
  requireStarts(scene.idStart, idByteCount, 'id');
  requireAscending(scene.handle);
  return scene;
}

function requireStarts(starts: Uint32Array, end: number, what: string): void {
  if (starts[0] !== 0 || starts[starts.length - 1] !== end) throw new MalformedError(`${what} starts do not span`);
  for (let i = 1; i < starts.length; i++) {
    if (starts[i]! < starts[i - 1]!) throw new MalformedError(`${what} starts run backwards at ${i}`);
  }
}

function requireAscending(handle: Uint32Array): void {
  for (let i = 1; i < handle.length; i++) {
    if (handle[i]! <= handle[i - 1]!) throw new MalformedError(`handles are not ascending at ${i}`);
  }
}

/** Where a handle stands in the scene, or −1. */
export function sceneIndexOf(scene: SceneColumns, handle: number): number {
  let low = 0;
  let high = scene.count - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = scene.handle[middle]!;
    if (found === handle) return middle;
    if (found < handle) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The twin's id: ASCII, so one byte is one character. */
export function sceneId(scene: SceneColumns, index: number): string {
  return String.fromCharCode(...scene.idBytes.subarray(scene.idStart[index], scene.idStart[index + 1]));
}
