import type { Chunk } from './slots';

/** Floats: east, north and up of the lamp, slot, then corner east and north (±1) or 0 and the share of the pole. */
export const lampStrideFloats = 6;

export interface LampMesh {
  readonly vertices: Float32Array;
  /** Two triangles a lamp: the light it throws on the ground. */
  readonly pools: Uint16Array;
  /** One line a lamp. */
  readonly poles: Uint16Array;
}

const corners = [-1, -1, 1, -1, 1, 1, -1, 1] as const;
const verticesPerLamp = 6;

/** What a lamp shows only from near. A chunk must hold at most 10,922 lamps, for indices of sixteen bits. */
export function meshLamps(positions: Float32Array, chunk: Chunk): LampMesh {
  const vertices = new Float32Array(chunk.count * verticesPerLamp * lampStrideFloats);
  const pools = new Uint16Array(chunk.count * 6);
  const poles = new Uint16Array(chunk.count * 2);
  for (let i = 0; i < chunk.count; i++) {
    const slot = chunk.start + i;
    const first = i * verticesPerLamp;
    for (let v = 0; v < verticesPerLamp; v++) {
      const at = (first + v) * lampStrideFloats;
      vertices.set(positions.subarray(3 * slot, 3 * slot + 3), at);
      vertices[at + 3] = slot;
      vertices[at + 4] = v < 4 ? corners[2 * v]! : 0;
      vertices[at + 5] = v < 4 ? corners[2 * v + 1]! : v - 4;
    }
    pools.set([first, first + 1, first + 2, first, first + 2, first + 3], 6 * i);
    poles.set([first + 4, first + 5], 2 * i);
  }
  return { vertices, pools, poles };
}
