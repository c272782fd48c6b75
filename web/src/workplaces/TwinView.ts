import type { PropertyModel, Twin, TwinModel } from '../twins/cityTypes';
import { conditionKey, isTrouble } from './conditions';
import type { Desk } from './desk';
import { h, setAttribute, setText } from './dom';
import { icon, type IconName } from './icons';
import { freshnessOfValue, isMeasurement, propertiesOf, reasonText, titleOf, valueText } from './twinFacts';

interface ValueRow {
  readonly property: PropertyModel;
  readonly element: HTMLElement;
  readonly value: HTMLElement;
  readonly age: HTMLElement;
  readonly marks: HTMLElement;
  shownMarks: string;
}

/** One twin in full. Made once a twin; values and ages are written into it, so that focus and selection survive. */
export class TwinView {
  readonly element = h('div', { class: 'twin' });
  readonly #desk: Desk;
  readonly #model: TwinModel | undefined;
  readonly #rows: ValueRow[] = [];
  readonly #title = h('h2', { class: 'twin-title', tabindex: -1 });
  readonly #badges = h('div', { class: 'badges' });
  readonly #heard = h('dd');
  readonly #refused = h('p', { class: 'refused', role: 'status', hidden: true });
  readonly #measurements = h('div');
  readonly #raw = h('pre', { class: 'raw', tabindex: 0 });
  #shownBadges = '';
  #twin: Twin;

  constructor(desk: Desk, twin: Twin) {
    this.#desk = desk;
    this.#twin = twin;
    this.#model = desk.models?.models.find(({ id }) => id === twin.model);
    const properties = propertiesOf(twin, this.#model);
    this.#measurements.append(this.#section('inspector.measurements', properties.filter(isMeasurement)));
    this.element.append(
      this.#head(),
      this.#refused,
      this.#measurements,
      this.#section('inspector.properties', properties.filter((property) => !isMeasurement(property))));
    this.update(twin);
  }

  get title(): HTMLElement {
    return this.#title;
  }

  get raw(): HTMLElement {
    const { language } = this.#desk;
    return h('details', { class: 'raw-box', ontoggle: () => this.#showRaw() },
      h('summary', {}, language.say('inspector.raw')), this.#raw);
  }

  /** Between what the twin is and what it measures. */
  insert(element: HTMLElement): void {
    this.#refused.after(element);
  }

  update(twin: Twin): void {
    this.#twin = twin;
    const { language, city } = this.#desk;
    this.#showNewValues(twin);
    this.#showRefused(twin);
    setText(this.#title, titleOf(twin, this.#model, city, language));
    for (const row of this.#rows) {
      const given = twin.values[row.property.name]?.value ?? twin.attributes[row.property.name];
      // JSON has neither NaN nor infinity: what is not a number comes as null.
      const isNever = given === undefined || given === null;
      setText(row.value, isNever ? language.say('inspector.never') : valueText(row.property, given, language));
      setAttribute(row.element, 'data-never', isNever ? 'yes' : undefined);
    }
    this.#showRaw();
    this.tick();
  }

  /** A twin may begin to report what it never did before. */
  #showNewValues(twin: Twin): void {
    const shown = new Set(this.#rows.map(({ property }) => property.name));
    const fresh = propertiesOf(twin, this.#model).filter(({ name }) => !shown.has(name));
    if (fresh.length > 0) this.#measurements.append(this.#section('inspector.measurements', fresh));
  }

  #showRefused(twin: Twin): void {
    const { screened } = twin.state;
    this.#refused.hidden = !screened;
    if (!screened) return;
    const { language } = this.#desk;
    const property = propertiesOf(twin, this.#model).find(({ name }) => name === screened.property);
    const name = property ? language.pick(property.displayName) : screened.property;
    const value = property ? valueText(property, screened.value, language) : String(screened.value);
    this.#refused.replaceChildren(h('strong', {}, `${language.say('inspector.lastRefused')}: `),
      `${name} ${value}, ${reasonText(screened.reason, language)}`);
  }

  /** Ages go on whether or not anything is heard. */
  tick(): void {
    const { language } = this.#desk;
    const now = this.#desk.now();
    for (const row of this.#rows) this.#showAge(row, now);
    this.#showBadges();
    const heardAt = this.#twin.state.heardAt;
    setText(this.#heard, heardAt ? language.age(now - Date.parse(heardAt)) : language.say('inspector.never'));
  }

  #head(): HTMLElement {
    const { language } = this.#desk;
    const { id, kind, model, device } = this.#twin;
    const copy = h('button', {
      type: 'button', class: 'quiet-button', onclick: () => void copyText(id).then((isDone) => {
        if (isDone) setText(copyWord, language.say('inspector.copied'));
        setTimeout(() => setText(copyWord, language.say('inspector.copy')), 2000);
      }),
    });
    const copyWord = h('span', { 'aria-live': 'polite' }, language.say('inspector.copy'));
    copy.append(icon('copy'), copyWord);
    const modelName = this.#model ? language.pick(this.#model.displayName) : model;
    return h('div', { class: 'twin-head' },
      h('div', { class: 'twin-kind' }, icon(kind), h('span', {}, modelName)),
      this.#title, this.#badges,
      h('dl', { class: 'facts' },
        h('dt', {}, language.say('inspector.id')), h('dd', {}, h('code', {}, id), copy),
        h('dt', {}, language.say('inspector.model')), h('dd', {}, h('code', {}, model)),
        h('dt', {}, language.say('inspector.heard')), this.#heard,
        ...(device ? [h('dt', {}, language.say('inspector.device')), h('dd', {}, h('code', {}, device))] : [])));
  }

  #section(
    key: 'inspector.measurements' | 'inspector.properties', properties: readonly PropertyModel[],
  ): HTMLElement | string {
    const { language } = this.#desk;
    if (properties.length === 0) return '';
    const body = h('tbody');
    for (const property of properties) {
      const value = h('td', { class: 'value' });
      const age = h('span', { class: 'age' });
      const marks = h('span', { class: 'marks' });
      const role = property.role === 'computed' || property.role === 'desired'
        ? h('span', { class: 'role' }, language.say(`inspector.${property.role}`)) : undefined;
      const name = h('th', { scope: 'row', title: property.name }, language.pick(property.displayName), ' ', role);
      const element = h('tr', {}, name, value, h('td', { class: 'when' }, marks, age));
      body.append(element);
      this.#rows.push({ property, element, value, age, marks, shownMarks: '' });
    }
    return h('section', {}, h('h3', {}, language.say(key)), h('table', { class: 'values' }, body));
  }

  #showAge(row: ValueRow, now: number): void {
    const { language, models } = this.#desk;
    const value = this.#twin.values[row.property.name];
    const measuredAt = value ? Date.parse(value.measuredAt) : NaN;
    if (!value || !Number.isFinite(measuredAt)) {
      setText(row.age, '');
      this.#mark(row, []);
      return;
    }
    setText(row.age, language.age(now - measuredAt));
    setAttribute(row.age, 'title', language.moment(measuredAt));
    const fresh = isMeasurement(row.property) && this.#model && models
      ? freshnessOfValue(now - measuredAt, this.#twin, this.#model, models) : undefined;
    const marks: [IconName, string, string][] = [];
    const reason = value.reason ? reasonText(value.reason, language) : '';
    if (value.quality !== 'good') {
      const word = language.say(`quality.${value.quality}`);
      marks.push(['warning', reason ? `${word}: ${reason}` : word, value.quality]);
    } else if (reason) {
      // Good, and still not what the device sent.
      marks.push(['target', reason, 'plain']);
    }
    if (fresh === 'stale' || fresh === 'lost') marks.push([fresh, language.say(`freshness.${fresh}`), fresh]);
    this.#mark(row, marks);
  }

  #mark(row: ValueRow, marks: readonly [IconName, string, string][]): void {
    const key = marks.map(([, word]) => word).join();
    if (key === row.shownMarks) return;
    row.shownMarks = key;
    row.marks.replaceChildren(...marks.map(([name, word, what]) =>
      h('span', { class: `mark mark-${what}` }, icon(name), word)));
  }

  #showBadges(): void {
    const { language, feed } = this.#desk;
    const { state, kind, attributes } = this.#twin;
    const key = conditionKey(kind, state.condition);
    const isLive = feed.phase === 'live';
    const asOf = isLive || feed.lastFrameAt === undefined ? '' : language.say('inspector.asOf',
      { time: language.clock(feed.lastFrameAt + feed.clockOffsetMs) });
    const grade = attributes['grade'] ?? this.#twin.values['grade']?.value;
    const shown = [key, state.freshness, state.quality, asOf, grade].join();
    if (shown === this.#shownBadges) return;
    this.#shownBadges = shown;
    const badge = (what: string, name: IconName | undefined, text: string): HTMLElement =>
      h('span', { class: `badge badge-${what}` }, name ? icon(name) : undefined, text);
    // While the page is not live, it cannot say that the twin is.
    const badges = asOf ? [badge('lost', 'warning', asOf)]
      : [badge(state.freshness, state.freshness, language.say(`freshness.${state.freshness}`))];
    if (key) {
      const hasTrouble = isTrouble(key);
      badges.push(badge(hasTrouble ? 'trouble' : 'plain', hasTrouble ? 'warning' : undefined, language.say(key)));
    }
    if (grade === 'official' || grade === 'indicative') {
      badges.push(badge('plain', undefined, language.say(`airQuality.${grade}`)));
    }
    if (state.quality !== 'good') badges.push(badge('trouble', 'warning', language.say(`quality.${state.quality}`)));
    this.#badges.replaceChildren(...badges);
  }

  #showRaw(): void {
    const box = this.#raw.parentElement as HTMLDetailsElement | null;
    if (box?.open) setText(this.#raw, JSON.stringify(this.#twin, undefined, 2));
  }
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure context there is no clipboard; the id can still be selected.
    return false;
  }
}
