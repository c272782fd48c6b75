import type { TextKey } from '../i18n/texts';
import type { Desk, Panel } from './desk';
import { h, setAttribute, setText } from './dom';
import { icon, type IconName } from './icons';
import { conditionKeys } from './conditions';
import { summarize, type AirSummary, type Summary } from './summary';

const Unknown = '–';

/** The few figures of the whole city, each with what it is made of. */
export class SummaryStrip implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #updates: ((summary: Summary) => void)[] = [];

  constructor(desk: Desk) {
    this.#desk = desk;
    this.element = h('section', { class: 'summary', 'aria-label': desk.language.say('summary.title') },
      this.#powerCard(), this.#waterCard(), this.#lightsCard(), this.#networkCard(),
      this.#airCard('summary.airOfficial', (summary) => summary.official),
      this.#airCard('summary.airIndicative', (summary) => summary.indicative));
    this.refresh();
  }

  refresh(): void {
    const summary = summarize(this.#desk.live.store, this.#desk.scenes);
    for (const update of this.#updates) update(summary);
  }

  #powerCard(): HTMLElement {
    const { language } = this.#desk;
    const figure = h('div', { class: 'figure' });
    const note = h('div', { class: 'note' });
    this.#updates.push(({ power, buildings }) => {
      setText(figure, power.count > 0 ? language.quantity(power.sum, 'watt') : Unknown);
      setText(note, buildings > 0 ? language.say('summary.coverage', { count: power.count, total: buildings }) : '');
    });
    return this.#card('summary.power', 'building', figure, note);
  }

  #waterCard(): HTMLElement {
    const { language } = this.#desk;
    const cold = h('dd');
    const hot = h('dd');
    this.#updates.push(({ coldWater, hotWater }) => {
      setText(cold, coldWater.count > 0 ? language.quantity(coldWater.sum, 'litrePerHour') : Unknown);
      setText(hot, hotWater.count > 0 ? language.quantity(hotWater.sum, 'litrePerHour') : Unknown);
    });
    return this.#card('summary.water', 'utilityMeter', h('dl', { class: 'pairs' },
      h('dt', {}, language.say('summary.coldWater')), cold, h('dt', {}, language.say('summary.hotWater')), hot));
  }

  #lightsCard(): HTMLElement {
    return this.#card('summary.lights', 'streetlight', this.#parts([
      ['summary.lightsOn', ({ lights }) => lights.on], ['summary.lightsOff', ({ lights }) => lights.off],
      ['summary.lightsFailed', ({ lights }) => lights.failed, true],
      ['summary.noCurrent', ({ lights }) => lights.notCurrent],
    ]));
  }

  #networkCard(): HTMLElement {
    return this.#card('summary.networks', 'feeder', this.#parts([
      ['summary.leaks', ({ leaks }) => leaks, true], ['summary.noSupply', ({ noSupply }) => noSupply, true],
      ['summary.feedersOut', ({ feedersOut }) => feedersOut, true],
    ]));
  }

  #parts(parts: readonly (readonly [TextKey, (summary: Summary) => number, boolean?])[]): HTMLElement {
    const { language } = this.#desk;
    const list = h('dl', { class: 'parts' });
    for (const [key, count, isTrouble] of parts) {
      const value = h('dd');
      const part = h('div', {}, value, h('dt', {}, language.say(key)));
      list.append(part);
      this.#updates.push((summary) => {
        setText(value, summary.isKnown ? language.number(count(summary)) : Unknown);
        setAttribute(part, 'data-trouble', isTrouble && count(summary) > 0 ? 'yes' : undefined);
      });
    }
    return list;
  }

  #airCard(title: TextKey, of: (summary: Summary) => AirSummary): HTMLElement {
    const { language } = this.#desk;
    const worst = h('div', { class: 'figure figure-word' });
    const bar = h('div', { class: 'levels', role: 'img' });
    const note = h('div', { class: 'note' });
    const levels = conditionKeys.airQualitySensor!;
    const steps = levels.slice(1).map((_, i) => h('span', { class: `level level-${i + 1}` }));
    bar.append(...steps);
    this.#updates.push((summary) => {
      const air = of(summary);
      const isKnown = summary.isKnown && air.total > 0;
      setText(worst, air.worst > 0 ? language.say(levels[air.worst]!)
        : isKnown ? language.say('summary.airNone') : Unknown);
      setAttribute(worst, 'title', language.say('summary.airWorst'));
      const words: string[] = [];
      steps.forEach((step, i) => {
        const count = air.levels[i + 1]!;
        step.style.flexGrow = String(count);
        step.hidden = count === 0;
        if (count > 0) words.push(`${language.say(levels[i + 1]!)}: ${language.number(count)}`);
      });
      setAttribute(bar, 'aria-label', words.join(', '));
      setAttribute(bar, 'title', words.join('\n'));
      setText(note, isKnown ? language.say('summary.airReporting', { count: air.reporting, total: air.total }) : '');
    });
    return this.#card(title, 'airQualitySensor', worst, bar, note);
  }

  #card(title: TextKey, name: IconName, ...content: readonly HTMLElement[]): HTMLElement {
    return h('article', { class: 'card' },
      h('h2', { class: 'card-title' }, icon(name), h('span', {}, this.#desk.language.say(title))), ...content);
  }
}
