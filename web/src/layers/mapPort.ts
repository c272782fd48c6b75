import type { ChangeColumns, SceneColumns, TwinKind } from '../twins/columns';

/** What `main.ts` and the workplaces may ask of the map; implemented by `CityMap` in this folder, faked in their tests. */
export interface MapPort {
  setGround(ground: GroundFile, districts: readonly DistrictShape[]): void;
  /** Draws the twins of a kind anew; everything is shown as unknown until `apply` says otherwise. */
  setScene(scene: SceneColumns): Promise<void>;
  /** Shows changed states; the cost is of the changes, not of the city. */
  apply(changes: ChangeColumns): void;
  /** Shows imagery or 3D tiles below the city; rejects where they cannot be had, and the drawn ground stays. */
  setBackdrop(sources: BackdropSources): Promise<void>;
  setVisible(kind: TwinKind, visible: boolean): void;
  /** Which of a building's measures colours it: 0 electricity, 1 cold water, 2 hot water, 3 gas, 4 heat. */
  setBuildingMeasure(measure: number): void;
  setTheme(theme: 'dark' | 'light'): void;
  /** Dims everything and stops pretending: the connection is lost, what is shown is old. */
  setLive(live: boolean): void;
  flyTo(handle: number): void;
  flyToOverview(): void;
  select(handle: number | undefined): void;
  onPick(listener: (pick: Pick | undefined) => void): void;
  onHover(listener: (pick: Pick | undefined, x: number, y: number) => void): void;
  /** For the legend: the stops that are drawn now. */
  legend(kind: TwinKind): readonly LegendStop[];
  onLegendChange(listener: () => void): void;
  dispose(): void;
}

/** Maps of others that the operator has configured; see the options of the server. */
export interface BackdropSources {
  readonly ionToken?: string | null;
  readonly tilesUrl?: string | null;
  readonly imageryUrl?: string | null;
}

export interface Pick {
  readonly kind: TwinKind;
  readonly handle: number;
}

export interface LegendStop {
  /** CSS colour. */
  readonly color: string;
  /** A translation key such as `light.on`, or a number in `unit`. */
  readonly label: string;
  readonly unit?: string;
  /** A second cue beside colour, for those who cannot tell colours apart. */
  readonly shape?: 'dot' | 'ring' | 'cross' | 'square' | 'hatched' | 'diamond';
}

export interface GroundFile {
  readonly features: readonly GroundFeature[];
}

export interface GroundFeature {
  readonly class: 'street' | 'avenue' | 'highway' | 'river' | 'water' | 'park' | 'mountain';
  readonly name?: LocalizedText;
  readonly points: readonly (readonly [number, number])[];
}

export interface DistrictShape {
  readonly handle: number;
  readonly id: string;
  readonly name: LocalizedText;
  readonly outline: readonly (readonly [number, number])[];
  readonly label: readonly [number, number];
}

export interface LocalizedText {
  readonly en: string;
  readonly ru: string;
  readonly kk: string;
}
