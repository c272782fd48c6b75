import { describe, expect, it } from 'vitest';
import { contrast, hex, notLive, rgb } from '../../src/layers/color';
import {
  buildingColors, buildingTexel, classOf, freshColor, indicativeAqiOffset, legendOf, measureScales, pointStyles,
  styleColor, styleOf,
} from '../../src/layers/palettes';
import { styleCountMax } from '../../src/layers/shaders';
import { themes, type Theme } from '../../src/layers/themes';
import { Freshness, TwinKind } from '../../src/twins/columns';

const bothThemes: Theme[] = ['dark', 'light'];
const pointKinds = Object.keys(pointStyles).map(Number) as TwinKind[];

describe('the legend', () => {
  it.each(bothThemes)('shows for buildings exactly the colours the shader gets, class by class (%s)', (theme) => {
    measureScales.forEach((scale, measure) => {
      const stops = legendOf(TwinKind.building, theme, measure, true);
      scale.lowerBounds.forEach((bound, i) => {
        const drawn = buildingTexel(bound, measure, Freshness.live) & 255;
        const stop = stops.find((some) => some.label === String(bound))!;
        expect(stop).toEqual({
          color: hex(buildingColors(theme)[drawn]!), label: String(bound), unit: scale.unit, shape: 'square' });
        expect(drawn).toBe(i + 1);
      });
      expect(stops.find((stop) => stop.label === 'building.noValue')!.color).toBe(hex(themes[theme].neutral));
    });
  });

  it.each(bothThemes)('shows the colour of every style that can be drawn (%s)', (theme) => {
    for (const kind of pointKinds) {
      const stops = legendOf(kind, theme, 0, true);
      for (const style of pointStyles[kind]!) {
        const stop = stops.find((some) => some.label === style.label);
        expect(stop?.color, `${kind} ${style.label}`).toBe(hex(styleColor(style, theme)));
      }
      expect(stops.map((stop) => stop.label)).toContain('freshness.stale');
      expect(stops.find((stop) => stop.label === 'freshness.lost')).toEqual(
        { color: hex(themes[theme].lost), label: 'freshness.lost', shape: 'ring' });
      expect(new Set(stops.map((stop) => stop.label)).size).toBe(stops.length);
    }
  });

  it('follows what is drawn when the connection is lost', () => {
    const live = legendOf(TwinKind.streetlight, 'dark', 0, true);
    const old = legendOf(TwinKind.streetlight, 'dark', 0, false);
    live.forEach((stop, i) => {
      const expected = rgb(hex(notLive(rgb(stop.color), themes.dark.haze)));
      rgb(old[i]!.color).forEach((part, channel) => expect(part).toBeCloseTo(expected[channel]!, 1.9));
      expect(old[i]!.color).not.toBe(stop.color);
    });
  });

  it('has nothing to say on kinds that are not drawn', () => {
    expect(legendOf(TwinKind.city, 'dark', 0, true)).toEqual([]);
  });
});

describe('colours', () => {
  it.each([['dark', 1], ['light', -1]] as const)('of classes grow steadily in lightness (%s)', (theme, direction) => {
    const ground = themes[theme].ground.ground;
    const classes = buildingColors(theme).slice(1);
    for (let i = 1; i < classes.length; i++) {
      const step = contrast(classes[i]!, classes[i - 1]!);
      expect(step, `${theme} ${i}`).toBeGreaterThan(1.12);
      const growing = classes[i]!.reduce((sum, part) => sum + part, 0) - classes[i - 1]!.reduce((s, p) => s + p, 0);
      expect(growing * direction, `${theme} ${i}`).toBeGreaterThan(0);
    }
    expect(contrast(classes[classes.length - 1]!, ground)).toBeGreaterThan(7);
    for (const color of classes) expect(contrast(color, ground)).toBeGreaterThan(1.1);
  });

  it.each(bothThemes)('of alarms stand out from the ground by at least 3 to 1 (%s)', (theme) => {
    const alarms = ['light.failed', 'meter.leak', 'meter.tamper', 'meter.noSupply', 'feeder.outOfService',
      'cabinet.doorOpen', 'light.darkWhenDue', 'light.burnsByDay', 'meter.alarm', 'feeder.alarm', 'cabinet.alarm',
      'generic.alarm'];
    const styles = pointKinds.flatMap((kind) => pointStyles[kind]!);
    for (const label of alarms) {
      const style = styles.find((some) => some.label === label)!;
      expect(contrast(styleColor(style, theme), themes[theme].ground.ground), label).toBeGreaterThanOrEqual(3);
      expect(style.shape, label).not.toBe('dot');
    }
  });

  it.each(bothThemes)('of stale and lost differ from the live ones (%s)', (theme) => {
    for (const color of buildingColors(theme).slice(1)) {
      expect(freshColor(color, Freshness.live, theme)).toBe(color);
      expect(freshColor(color, Freshness.stale, theme)).not.toEqual(color);
      expect(freshColor(color, Freshness.lost, theme)).toEqual(themes[theme].lost);
    }
  });
});

describe('styles', () => {
  it('fit the arrays of the shader', () => {
    for (const kind of pointKinds) expect(pointStyles[kind]!.length).toBeLessThanOrEqual(styleCountMax);
  });

  it('never show an indicative air sensor in the shape of an official one', () => {
    const styles = pointStyles[TwinKind.airQualitySensor]!;
    for (let level = 0; level <= 6; level++) {
      const official = styles[styleOf(TwinKind.airQualitySensor, level, 0, Freshness.live)]!;
      const indicative = styles[styleOf(TwinKind.airQualitySensor, level, 1, Freshness.live)]!;
      expect([official.shape, indicative.shape]).toEqual(['disc', 'diamond']);
      expect(styleOf(TwinKind.airQualitySensor, level, 0, Freshness.live) % indicativeAqiOffset).toBe(level);
      if (level > 0) expect(indicative.dark).toBe(official.dark);
    }
  });

  it('tell the alarms of one kind apart by shape and colour together, without colour by shape or lightness', () => {
    const alarms = ['light.', 'meter.', 'feeder.', 'cabinet.', 'generic.'].map((prefix) => pointKinds
      .flatMap((kind) => pointStyles[kind]!)
      .filter(({ label }) => label.startsWith(prefix) && !/unknown|normal|inService|off$|on$|dimmed/.test(label)));
    for (const group of alarms) {
      const looks = group.map(({ shape }) => shape);
      expect(new Set(looks).size, group.map(({ label }) => label).join()).toBe(looks.length);
    }
  });

  it('show as unknown what never reported, and conditions that nobody has defined', () => {
    expect(styleOf(TwinKind.streetlight, 2, 0, Freshness.neverReported)).toBe(0);
    expect(styleOf(TwinKind.streetlight, 7, 0, Freshness.live)).toBe(0);
    expect(styleOf(TwinKind.streetlight, 5, 0, Freshness.live)).toBe(5);
    expect(styleOf(TwinKind.streetlight, 4, 1, Freshness.stale)).toBe(4);
    expect(styleOf(TwinKind.airQualitySensor, 7, 0, Freshness.live)).toBe(0);
    expect(styleOf(TwinKind.airQualitySensor, 7, 1, Freshness.live)).toBe(indicativeAqiOffset);
  });
});

describe('classOf', () => {
  it('takes a bound into the upper class, and knows unknown', () => {
    const scale = { unit: 'W', lowerBounds: [0, 10, 100] };
    expect([NaN, -5, 0, 9.99, 10, 99, 100, Infinity].map((value) => classOf(value, scale)))
      .toEqual([0, 1, 1, 1, 2, 2, 3, 3]);
  });

  it('shows a building that never reported as without a value', () => {
    expect(buildingTexel(5e6, 0, Freshness.neverReported) & 255).toBe(0);
    expect(buildingTexel(5e6, 0, Freshness.stale)).toBe(7 | (Freshness.stale << 8));
  });
});
