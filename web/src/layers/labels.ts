import type { Lens } from './cityCamera';
import type { LocalFrame } from './localFrame';
import type { DistrictShape, GroundFile, LocalizedText } from './mapPort';

export type Locale = 'en' | 'ru' | 'kk';

/** A text that stands at one of several places: the one nearest to the middle of the screen. */
interface Label {
  readonly element: HTMLElement;
  /** East, north, up in turn. */
  readonly places: Float32Array;
  readonly rangeMin: number;
  readonly rangeMax: number;
  readonly width: number;
  shown: boolean;
}

const streetSpacingMetres = 700;
const streetLabelsMax = 120;
const lineHeight = 20;

/** Names of districts and avenues above the map, without overlap; the text is the browser's, so it is always sharp. */
export class Labels {
  private labels: Label[] = [];
  private readonly root: HTMLElement;
  private scale = 1;

  constructor(container: HTMLElement, private readonly locale: Locale) {
    this.root = document.createElement('div');
    this.root.className = 'citymap-labels';
    this.root.setAttribute('aria-hidden', 'true');
    container.append(this.root);
  }

  set(ground: GroundFile, districts: readonly DistrictShape[], frame: LocalFrame): void {
    this.root.replaceChildren();
    this.labels = districts.map((district) =>
      this.label(district.name, 'district', Float32Array.from(frame.point(...district.label)), 1800, 60000));
    for (const [name, places] of streetPlaces(ground, frame, this.locale)) {
      this.labels.push(this.label(name, 'street', places, 0, 9000));
    }
  }

  /** After the camera moved. Earlier labels win the place. */
  place(lens: Lens): void {
    const taken: { x: number; y: number; width: number }[] = [];
    for (const label of this.labels) {
      const inRange = lens.view.range >= label.rangeMin && lens.view.range <= label.rangeMax;
      const at = inRange ? best(lens, label, this.scale) : undefined;
      const free = at !== undefined && !taken.some((other) =>
        Math.abs(other.y - at.y) < lineHeight * this.scale &&
        Math.abs(other.x - at.x) < ((other.width + label.width) / 2 + 10) * this.scale);
      if (at && free) {
        taken.push({ ...at, width: label.width });
        label.element.style.transform =
          `translate(-50%, -50%) translate(${at.x.toFixed(1)}px, ${at.y.toFixed(1)}px)`;
      }
      if (label.shown !== free) {
        label.element.classList.toggle('shown', free);
        label.shown = free;
      }
    }
  }

  setScale(scale: number): void {
    if (scale === this.scale) return;
    this.scale = scale;
    this.root.style.setProperty('--citymap-scale', String(scale));
  }

  destroy(): void {
    this.root.remove();
  }

  private label(
    name: LocalizedText | string, kind: string, places: Float32Array, rangeMin: number, rangeMax: number,
  ): Label {
    const element = document.createElement('span');
    element.className = `citymap-${kind}`;
    element.textContent = typeof name === 'string' ? name : name[this.locale];
    this.root.append(element);
    // Measuring the element would force a layout; the type is set so that this is close.
    const width = element.textContent.length * (kind === 'district' ? 10.5 : 6.6);
    return { element, places, rangeMin, rangeMax, width, shown: false };
  }
}

function best(lens: Lens, label: Label, scale: number): { x: number; y: number } | undefined {
  let found: { x: number; y: number } | undefined;
  let nearest = Infinity;
  const margin = (label.width * scale) / 2;
  for (let i = 0; i < label.places.length; i += 3) {
    const at = lens.project(label.places[i]!, label.places[i + 1]!, label.places[i + 2]!);
    if (!at || at.x < margin || at.x > lens.width - margin) continue;
    if (at.y < lineHeight || at.y > lens.height - lineHeight) continue;
    // Below the middle lies what is near, where a street can be told from its neighbour.
    const away = Math.hypot(at.x - lens.width / 2, 1.6 * (at.y - lens.height * 0.6));
    if (away >= nearest) continue;
    nearest = away;
    found = { x: at.x, y: at.y };
  }
  return found;
}

function streetPlaces(ground: GroundFile, frame: LocalFrame, locale: Locale): Map<string, Float32Array> {
  const byName = new Map<string, number[]>();
  for (const feature of ground.features) {
    if ((feature.class !== 'avenue' && feature.class !== 'highway') || !feature.name) continue;
    const name = feature.name[locale];
    const places = byName.get(name) ?? [];
    if (byName.size >= streetLabelsMax && places.length === 0) continue;
    byName.set(name, places);
    sample(feature.points.map(([longitude, latitude]) => frame.point(longitude, latitude)), places);
  }
  return new Map([...byName].map(([name, places]) => [name, Float32Array.from(places)]));
}

function sample(line: readonly (readonly [number, number, number])[], out: number[]): void {
  for (let i = 1; i < line.length; i++) {
    const a = line[i - 1]!;
    const b = line[i]!;
    const steps = Math.max(1, Math.round(Math.hypot(b[0] - a[0], b[1] - a[1]) / streetSpacingMetres));
    for (let step = 0; step < steps; step++) {
      const share = (step + 0.5) / steps;
      out.push(a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share);
    }
  }
}
