import { Freshness, TwinKind } from '../twins/columns';
import { desaturate, hex, mix, notLive, rgb, staleSaturation, type Rgb } from './color';
import type { LegendStop } from './mapPort';
import { packTexel } from './stateTexels';
import { themes, type Theme } from './themes';

/** One of a building's measures: the lower bounds of its classes; the first class starts at zero. */
export interface MeasureScale {
  readonly unit: string;
  readonly lowerBounds: readonly number[];
}

/** In the order of a building's measures; each class holds about as many buildings of a city as the next. */
export const measureScales: readonly MeasureScale[] = [
  { unit: 'W', lowerBounds: [0, 2000, 5000, 10000, 20000, 50000, 100000] },
  { unit: 'L/h', lowerBounds: [0, 50, 150, 400, 1000, 2500, 5000] },
  { unit: 'L/h', lowerBounds: [0, 25, 75, 200, 500, 1200, 2500] },
  { unit: 'L/h', lowerBounds: [0, 200, 500, 1000, 2500, 6000, 15000] },
  { unit: 'W', lowerBounds: [0, 5000, 15000, 40000, 100000, 200000, 400000] },
];

/** Number of the class from 1; 0 for a value that is not known. */
export function classOf(value: number, scale: MeasureScale): number {
  if (Number.isNaN(value)) return 0;
  const bounds = scale.lowerBounds;
  let found = 1;
  while (found < bounds.length && value >= bounds[found]!) found++;
  return found;
}

// A muted viridis on dark, where more is lighter; one after ColorBrewer's YlGnBu on light, where more is darker.
// Both keep their order in every common kind of colour blindness, and in grey; warm colours are left to the lights
// and the alarms.
const sequential: Readonly<Record<Theme, readonly Rgb[]>> = {
  dark: ['#3a3f74', '#34588a', '#2f7490', '#37918f', '#5fad8c', '#a3c98d', '#eee9b4'].map(rgb),
  light: ['#cfe6b4', '#98d2b4', '#5dbcbf', '#349ec2', '#2a79b4', '#2b559d', '#26367c'].map(rgb),
};

/** Colour 0 is the building without a value, then one a class. */
export const buildingColors = (theme: Theme): readonly Rgb[] => [themes[theme].neutral, ...sequential[theme]];

export const pointShapes = ['dot', 'ring', 'cross', 'square', 'diamond', 'disc'] as const;
export type PointShape = (typeof pointShapes)[number];

/** How a point of one style looks. Sizes are in CSS pixels, between which it grows as the camera comes near. */
export interface PointStyle {
  readonly label: string;
  readonly dark: string;
  readonly light: string;
  readonly shape: PointShape;
  readonly minPixels: number;
  readonly maxPixels: number;
  /** Beyond this the point is not drawn. */
  readonly farMetres: number;
  readonly glow?: boolean;
  readonly numbered?: boolean;
}

const anywhere = 1e9;

const point = (
  label: string, dark: string, light: string, shape: PointShape, pixels: readonly [number, number],
  farMetres: number, extra: { glow?: boolean; numbered?: boolean } = {},
): PointStyle => ({
  label, dark, light, shape, minPixels: pixels[0], maxPixels: pixels[1], farMetres, ...extra,
});

// European Air Quality Index of the European Environment Agency: colours of the six levels as it publishes them.
const aqiLevels = [
  ['good', '#50f0e6'], ['fair', '#50ccaa'], ['moderate', '#f0e641'],
  ['poor', '#ff5050'], ['veryPoor', '#b4286e'], ['extremelyPoor', '#7d2181'],
] as const;

const aqiStyles = (shape: PointShape, of: string): PointStyle[] => [
  // Without a level it still says by its shape what kind of sensor it is, and so it does in the legend.
  point(`airQuality.${of}`, '#8496a5', '#6f7f8c', shape, [9, 22], anywhere),
  ...aqiLevels.map(([name, color]) =>
    point(`airQuality.${name}`, color, color, shape, [13, 30], anywhere, { numbered: true })),
];

const meterFar = 700;

/** Styles by kind; a twin's style is its condition, plus `indicativeAqiOffset` for an indicative air sensor. */
export const pointStyles: Readonly<Partial<Record<TwinKind, readonly PointStyle[]>>> = {
  [TwinKind.streetlight]: [
    point('light.unknown', '#5b6e80', '#8796a2', 'dot', [1, 5], 2500),
    point('light.off', '#6d8296', '#6c7b88', 'dot', [1, 6], 9000),
    point('light.on', '#ffd58a', '#d97a00', 'dot', [1.6, 9], anywhere, { glow: true }),
    point('light.dimmed', '#e29a4a', '#b4650a', 'dot', [1.4, 7], anywhere, { glow: true }),
    point('light.failed', '#ff5fa2', '#c2185b', 'cross', [5, 15], anywhere),
    point('light.darkWhenDue', '#c9a6ff', '#5e35b1', 'ring', [5, 14], anywhere),
    point('light.burnsByDay', '#fff27a', '#7a5c00', 'diamond', [5, 14], anywhere),
  ],
  [TwinKind.utilityMeter]: [
    point('meter.unknown', '#7b8b99', '#7b8791', 'square', [2, 7], meterFar),
    point('meter.normal', '#4fb3a5', '#12786b', 'square', [2, 8], meterFar),
    point('meter.leak', '#5aa9ff', '#1565c0', 'diamond', [6, 14], anywhere),
    point('meter.tamper', '#ff5fa2', '#c2185b', 'cross', [6, 14], anywhere),
    point('meter.noSupply', '#ffb454', '#a65a00', 'ring', [6, 14], anywhere),
    point('meter.alarm', '#ff8a65', '#a3280a', 'disc', [8, 16], anywhere),
  ],
  [TwinKind.feeder]: [
    point('feeder.unknown', '#7b8b99', '#7b8791', 'square', [3, 10], 12000),
    point('feeder.inService', '#8fb8de', '#2f6ea8', 'square', [3, 11], 12000),
    point('feeder.outOfService', '#ff5fa2', '#c2185b', 'cross', [8, 16], anywhere),
    point('feeder.alarm', '#ffb454', '#a65a00', 'diamond', [8, 16], anywhere),
  ],
  [TwinKind.lightingCabinet]: [
    point('cabinet.unknown', '#7b8b99', '#7b8791', 'square', [3, 10], 8000),
    point('cabinet.off', '#7d90a2', '#5f6f7c', 'square', [3, 10], 8000),
    point('cabinet.on', '#ffd58a', '#d97a00', 'square', [3, 10], 8000),
    point('cabinet.doorOpen', '#ff5fa2', '#c2185b', 'diamond', [8, 16], anywhere),
    point('cabinet.alarm', '#5aa9ff', '#1565c0', 'ring', [8, 16], anywhere),
  ],
  [TwinKind.airQualitySensor]: [...aqiStyles('disc', 'official'), ...aqiStyles('diamond', 'indicative')],
  [TwinKind.generic]: [
    point('generic.unknown', '#7b8b99', '#7b8791', 'diamond', [5, 12], anywhere),
    point('generic.normal', '#b79cf0', '#6a45b8', 'diamond', [5, 12], anywhere),
    point('generic.alarm', '#ffb454', '#a65a00', 'cross', [9, 17], anywhere),
  ],
};

/** An indicative sensor must never be taken for an official one, so it has styles, and a shape, of its own. */
export const indicativeAqiOffset = 1 + aqiLevels.length;

/** Number of the style that shows a twin; 0, or the indicative sensor's own first style, where nothing is known. */
export function styleOf(kind: TwinKind, condition: number, tag: number, freshness: Freshness): number {
  const isIndicative = kind === TwinKind.airQualitySensor && tag === 1;
  const count = pointStyles[kind]?.length ?? 0;
  const conditions = kind === TwinKind.airQualitySensor ? indicativeAqiOffset : count;
  const known = freshness === Freshness.neverReported || condition >= conditions ? 0 : condition;
  return known + (isIndicative ? indicativeAqiOffset : 0);
}

/** What a building's texel holds: the class of the value by which it is coloured, and how fresh it is. */
export function buildingTexel(value: number, measure: number, freshness: Freshness): number {
  const known = freshness === Freshness.neverReported ? NaN : value;
  return packTexel(classOf(known, measureScales[measure]!), freshness, 0, 0);
}

export const styleColor = (style: PointStyle, theme: Theme): Rgb => rgb(style[theme]);

/** What freshness does to a colour; the shaders mirror it through the same constants. */
export function freshColor(color: Rgb, freshness: Freshness, theme: Theme): Rgb {
  if (freshness === Freshness.lost) return themes[theme].lost;
  if (freshness === Freshness.stale) return mix(desaturate(color, staleSaturation), themes[theme].neutral, 0.25);
  return color;
}

/** The stops that are drawn for a kind, in the order of its styles. */
export function legendOf(kind: TwinKind, theme: Theme, measure: number, live: boolean): LegendStop[] {
  const shown = (color: Rgb): string => hex(live ? color : notLive(color, themes[theme].haze));
  const stops: LegendStop[] = [];
  let example: Rgb;
  if (kind === TwinKind.building) {
    const scale = measureScales[measure]!;
    const colors = buildingColors(theme);
    scale.lowerBounds.forEach((bound, i) =>
      stops.push({ color: shown(colors[i + 1]!), label: String(bound), unit: scale.unit, shape: 'square' }));
    stops.push({ color: shown(colors[0]!), label: 'building.noValue', shape: 'square' });
    example = colors[4]!;
  } else {
    const styles = pointStyles[kind];
    if (!styles) return [];
    for (const style of styles) {
      // The levels of both kinds of air sensor have one colour; their shapes have a stop each.
      if (stops.some((stop) => stop.label === style.label)) continue;
      stops.push({ color: shown(styleColor(style, theme)), label: style.label, shape: legendShape(style.shape) });
    }
    example = styleColor(styles[Math.min(2, styles.length - 1)]!, theme);
  }
  stops.push(
    { color: shown(freshColor(example, Freshness.stale, theme)), label: 'freshness.stale', shape: 'hatched' },
    { color: shown(freshColor(example, Freshness.lost, theme)), label: 'freshness.lost', shape: 'ring' },
  );
  return stops;
}

const legendShape = (shape: PointShape): NonNullable<LegendStop['shape']> => (shape === 'disc' ? 'dot' : shape);
