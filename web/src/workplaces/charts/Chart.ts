import type { Language } from '../../i18n/Language';
import { unitStep } from '../../i18n/units';
import { h, setText } from '../dom';
import { nearest, niceTicks, rangeOf, runsOf, timeTicks, type ChartPoint } from './chartGeometry';

export interface ChartSeries {
  /** In the legend; the only series needs none. */
  readonly name: string;
  readonly look: 'first' | 'second' | 'forecast';
  readonly shape: 'line' | 'bars';
  readonly points: readonly ChartPoint[];
  /** Points further apart are not joined. */
  readonly gapMs: number;
  /** How long a bar stands for. */
  readonly stepMs?: number | undefined;
}

export interface ChartContent {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly unit: string | undefined;
  readonly series: readonly ChartSeries[];
}

// In units of the drawing: it is as wide as the panel is, and text grows with it.
const Width = 352;
const Height = 190;
const plot = { left: 46, right: Width - 6, top: 16, bottom: Height - 22 } as const;
const ValueTicksMax = 5;
const TimeTicksMax = 6;
/** More marks than this hide each other. */
const MarksMax = 200;

type Attributes = Readonly<Record<string, string | number>>;

function shape(tag: string, attributes: Attributes, text?: string): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** A chart of values over time, drawn once; what is pointed at or reached by arrow keys is read out below it. */
export class Chart {
  readonly element: HTMLElement;
  readonly #language: Language;
  readonly #content: ChartContent;
  readonly #low: number;
  readonly #high: number;
  readonly #cursor = shape('g', { class: 'chart-cursor', visibility: 'hidden' });
  readonly #readout: HTMLElement;
  readonly #svg: SVGElement;
  /** Where arrow keys stand. */
  #at: number | undefined;

  constructor(language: Language, content: ChartContent) {
    this.#language = language;
    this.#content = content;
    const all = content.series.flatMap(({ points }) => points);
    [this.#low, this.#high] = rangeOf(all, content.series.some((series) => series.shape === 'bars'));
    this.#svg = shape('svg', { class: 'chart', viewBox: `0 0 ${Width} ${Height}`, 'aria-hidden': 'true' });
    this.#svg.append(this.#axes(), ...content.series.map((series) => this.#series(series)), this.#cursor);
    this.#readout = h('p', { class: 'chart-readout', 'aria-live': 'polite' }, language.say('history.cityTime'));
    const box = h('div', {
      class: 'chart-box', tabindex: 0, role: 'group', 'aria-label': this.#summary(all),
      onkeydown: (event: KeyboardEvent) => this.#key(event),
      onpointermove: (event: PointerEvent) => this.#point(event),
      onpointerleave: () => this.#clear(), onblur: () => this.#clear(),
    });
    box.append(this.#svg);
    this.element = h('div', {}, box, this.#legend(all), this.#readout);
  }

  #x(at: number): number {
    const { from, to } = this.#content;
    return round(plot.left + ((at - from) / (to - from)) * (plot.right - plot.left));
  }

  #y(value: number): number {
    const share = (value - this.#low) / (this.#high - this.#low);
    return round(plot.bottom - share * (plot.bottom - plot.top));
  }

  #axes(): SVGElement {
    const { from, to, unit } = this.#content;
    const group = shape('g', { class: 'chart-axes' });
    const step = unit ? unitStep(unit, Math.max(Math.abs(this.#low), Math.abs(this.#high))) : undefined;
    const factor = step?.factor ?? 1;
    const ticks = niceTicks(this.#low / factor, this.#high / factor, ValueTicksMax);
    const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0)) || 1))));
    for (const tick of ticks) {
      const y = this.#y(tick * factor);
      group.append(shape('line', { x1: plot.left, x2: plot.right, y1: y, y2: y }),
        shape('text', { x: plot.left - 5, y: y + 4, class: 'chart-value' }, this.#language.number(tick, digits)));
    }
    const symbol = step?.symbol[this.#language.locale] ?? unit ?? '';
    group.append(shape('text', { x: 2, y: 9 }, symbol));
    for (const { at, kind } of timeTicks(from, to, TimeTicksMax, this.#language.zoneOffsetMs(to))) {
      const x = this.#x(at);
      group.append(shape('line', { x1: x, x2: x, y1: plot.bottom, y2: plot.bottom + 4 }));
      // What would stand out of the drawing is left out.
      if (x > plot.left + 8 && x < plot.right - 12) {
        group.append(shape('text', { x, y: plot.bottom + 16, class: 'chart-time' }, this.#language.tick(at, kind)));
      }
    }
    return group;
  }

  #series(series: ChartSeries): SVGElement {
    const group = shape('g', { class: `chart-series chart-${series.look}` });
    if (series.shape === 'bars') group.append(...this.#bars(series));
    else group.append(...this.#lines(series));
    for (const point of series.points.filter(({ mark }) => mark !== undefined).slice(0, MarksMax)) {
      group.append(this.#mark(point));
    }
    return group;
  }

  #lines({ points, gapMs }: ChartSeries): SVGElement[] {
    return runsOf(points, gapMs).flatMap((run) => {
      const xy = run.map(({ at, value }) => [this.#x(at), this.#y(value!)] as const);
      const parts: SVGElement[] = [];
      if (run.some(({ spread }) => spread)) {
        const edge = (side: number): string[] =>
          run.map(({ at, value, spread = 0 }) => `${this.#x(at)} ${this.#y(value! + side * spread)}`);
        parts.push(shape('path', { class: 'chart-band', d: `M${[...edge(1), ...edge(-1).reverse()].join('L')}Z` }));
      }
      // A value that stands alone is a dot: a line of one point is not seen.
      parts.push(run.length === 1
        ? shape('circle', { class: 'chart-dot', cx: xy[0]![0], cy: xy[0]![1], r: 1.8 })
        : shape('path', { class: 'chart-line', d: `M${xy.map(([x, y]) => `${x} ${y}`).join('L')}` }));
      return parts;
    });
  }

  #bars({ points, stepMs = 0 }: ChartSeries): SVGElement[] {
    const zero = this.#y(0);
    return points.filter(({ value, mark }) => value !== undefined && mark !== 'bad').map(({ at, value }) => {
      // The first and last step may reach out of the span.
      const left = Math.max(plot.left, this.#x(at));
      const right = Math.min(plot.right, this.#x(at + stepMs));
      const y = this.#y(value!);
      return shape('rect', {
        class: 'chart-bar', x: left, width: Math.max(0.8, round((right - left) * 0.86)),
        y: Math.min(y, zero), height: Math.max(0.6, round(Math.abs(zero - y))),
      });
    });
  }

  /** A triangle on a suspect value; a cross on the axis for a bad one, whose value may be anywhere. */
  #mark({ at, value, mark }: ChartPoint): SVGElement {
    const x = this.#x(at);
    if (mark === 'bad' || value === undefined) {
      const y = plot.bottom - 4;
      return shape('path', { class: 'chart-bad', d: `M${x - 3} ${y - 3}l6 6m0-6l-6 6` });
    }
    return shape('path', { class: 'chart-suspect', d: `M${x} ${this.#y(value) - 7}l3.5 6h-7z` });
  }

  #legend(all: readonly ChartPoint[]): HTMLElement {
    const { series } = this.#content;
    const count = (mark: ChartPoint['mark']): number => all.filter((point) => point.mark === mark).length;
    const entry = (what: string, text: string): HTMLElement =>
      h('li', { class: `chart-key chart-key-${what}` }, h('span', { class: 'chart-swatch', 'aria-hidden': 'true' }), text);
    const entries = series.length > 1 ? series.map(({ look, name }) => entry(look, name)) : [];
    for (const mark of ['suspect', 'bad'] as const) {
      if (count(mark) > 0) entries.push(entry(mark, this.#language.say(`history.${mark}`, { count: count(mark) })));
    }
    const list = h('ul', { class: 'chart-legend' }, ...entries);
    list.hidden = entries.length === 0;
    return list;
  }

  #summary(all: readonly ChartPoint[]): string {
    const { name, from, to, unit } = this.#content;
    const values = all.flatMap(({ value, mark }) => (value === undefined || mark === 'bad' ? [] : [value]));
    const said = (pick: (a: number, b: number) => number): string =>
      values.length === 0 ? '–' : this.#language.quantity(values.reduce((a, b) => pick(a, b)), unit);
    return this.#language.say('history.summary', {
      name, from: this.#language.moment(from), to: this.#language.moment(to), min: said(Math.min), max: said(Math.max),
    });
  }

  #key(event: KeyboardEvent): void {
    const { series, from, to } = this.#content;
    const times = [...new Set(series.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b);
    const here = this.#at === undefined ? undefined : times.indexOf(this.#at);
    const last = times.length - 1;
    const target = event.key === 'ArrowLeft' ? Math.max(0, (here ?? times.length) - 1)
      : event.key === 'ArrowRight' ? Math.min(last, (here ?? -1) + 1)
        : event.key === 'Home' ? 0 : event.key === 'End' ? last : undefined;
    const at = target === undefined ? undefined : times[target];
    if (at === undefined || at < from || at > to) return;
    // Arrow keys would move the map or the panel too.
    event.preventDefault();
    event.stopPropagation();
    this.#read(at);
  }

  #point(event: PointerEvent): void {
    const { left, width } = this.#svg.getBoundingClientRect();
    const share = ((event.clientX - left) / width * Width - plot.left) / (plot.right - plot.left);
    this.#read(this.#content.from + Math.max(0, Math.min(1, share)) * (this.#content.to - this.#content.from));
  }

  #clear(): void {
    this.#at = undefined;
    this.#cursor.setAttribute('visibility', 'hidden');
    setText(this.#readout, this.#language.say('history.cityTime'));
  }

  /** Reads out what each series says nearest to a time, or that it says nothing there. */
  #read(at: number): void {
    const found = this.#content.series.flatMap((series) => {
      const index = nearest(series.points, at);
      const point = series.points[index];
      if (!point) return [];
      const within = Math.max(series.stepMs ?? 0, series.gapMs, (this.#content.to - this.#content.from) / 100);
      return Math.abs(point.at - at) <= within ? [{ series, point }] : [];
    });
    const main = found.toSorted((a, b) => Math.abs(a.point.at - at) - Math.abs(b.point.at - at))[0];
    this.#at = main?.point.at ?? at;
    this.#drawCursor(this.#at, found.map(({ point }) => point).filter((point) => point.at === this.#at));
    const said = found.filter(({ point }) => point.at === this.#at)
      .map(({ series, point }) => this.#sayPoint(series, point));
    setText(this.#readout, [this.#language.moment(this.#at),
      ...(said.length > 0 ? said : [this.#language.say('history.gap')])].join(' · '));
  }

  #sayPoint({ name }: ChartSeries, { value, mark, note, spread }: ChartPoint): string {
    const { series, unit } = this.#content;
    const amount = value === undefined ? this.#language.say('history.gap') : this.#language.quantity(value, unit);
    const range = spread ? ` ± ${this.#language.quantity(spread, unit)}` : '';
    const quality = mark ? `, ${this.#language.say(`quality.${mark}`)}` : '';
    return `${series.length > 1 ? `${name}: ` : ''}${amount}${range}${quality}${note ? `, ${note}` : ''}`;
  }

  #drawCursor(at: number, points: readonly ChartPoint[]): void {
    const x = this.#x(at);
    this.#cursor.replaceChildren(shape('line', { x1: x, x2: x, y1: plot.top, y2: plot.bottom }),
      ...points.filter(({ value, mark }) => value !== undefined && mark !== 'bad')
        .map(({ value }) => shape('circle', { cx: x, cy: this.#y(value!), r: 3 })));
    this.#cursor.setAttribute('visibility', 'visible');
  }
}
