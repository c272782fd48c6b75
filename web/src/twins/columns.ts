/** Where twins of one kind stand and what they look like; decoded from the scene format ALS1 (docs/contracts.md §3). */
export interface SceneColumns {
  readonly kind: TwinKind;
  readonly epoch: number;
  readonly count: number;
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
  /** Ascending. */
  readonly handle: Uint32Array;
  /** Handle of the parent, −1 for none. */
  readonly parent: Int32Array;
  readonly district: Int32Array;
  readonly heightMetres: Float32Array;
  /** Start of a twin's outline in vertices; one more element than twins. */
  readonly outlineStart: Uint32Array;
  /** Metres east and north of the position, in turn; an open ring, counter-clockwise. */
  readonly outline: Float32Array;
  readonly model: Uint16Array;
  readonly tag: Uint8Array;
  readonly idStart: Uint32Array;
  readonly idBytes: Uint8Array;
}

/** The changed twins of one kind, decoded from a frame section (docs/contracts.md §2.1). */
export interface ChangeColumns {
  readonly kind: TwinKind;
  readonly count: number;
  readonly handle: Uint32Array;
  /** Unix seconds, 0 for never. */
  readonly measuredAtSeconds: Uint32Array;
  readonly measuredAtMilliseconds: Uint16Array;
  /** One column a measure, NaN for unknown; none at detail "condition". */
  readonly measures: readonly Float32Array[];
  readonly condition: Uint8Array;
  /** Bits 0–1 freshness, bits 2–3 quality. */
  readonly flags: Uint8Array;
}

/** The numbers are part of the frame format. */
export const TwinKind = {
  generic: 0,
  city: 1,
  district: 2,
  building: 3,
  utilityMeter: 4,
  feeder: 5,
  lightingCabinet: 6,
  streetlight: 7,
  airQualitySensor: 8,
} as const;
export type TwinKind = (typeof TwinKind)[keyof typeof TwinKind];

export const Freshness = { neverReported: 0, live: 1, stale: 2, lost: 3 } as const;
export type Freshness = (typeof Freshness)[keyof typeof Freshness];

export const freshnessOf = (flags: number): Freshness => (flags & 3) as Freshness;
export const qualityOf = (flags: number): number => (flags >> 2) & 3;
