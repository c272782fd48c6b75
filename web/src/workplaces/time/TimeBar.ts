import type { Desk, Panel } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { icon } from '../icons';
import { clamp, fromField, speeds, ticks, toField } from './timeScale';

const MinuteMs = 60_000;
const jumps = [-60, -10, 10, 60] as const;
const TicksMax = 12;
/** Sooner than this a progress bar would only flicker. */
const ProgressAfterMs = 1_000;
const Percent = 100;
const FieldCharacters = 19;

/** Where a reader goes to another time of the city, plays it and comes back; every part by keyboard as well. */
export class TimeBar implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #slider: HTMLInputElement;
  readonly #ticks = h('div', { class: 'time-ticks', 'aria-hidden': 'true' });
  readonly #preview = h('output', { class: 'time-preview', hidden: true });
  readonly #field: HTMLInputElement;
  readonly #play: HTMLButtonElement;
  readonly #speeds = new Map<number, HTMLButtonElement>();
  readonly #controls: HTMLElement;
  readonly #progress: HTMLElement;
  readonly #bar = h('progress', { max: 1 });
  readonly #on = h('span');
  readonly #note = h('span', { class: 'time-note', role: 'status' });
  readonly #none: HTMLElement;
  #isDragged = false;
  #shownTicks = '';
  #isPlaying: boolean | undefined;
  #speed = 1;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language, time } = desk;
    this.#slider = h('input', {
      type: 'range', class: 'time-slider', step: 1_000, 'aria-label': language.say('time.slider'),
      oninput: () => this.#drag(),
      onchange: () => this.#dropped(),
      onblur: () => (this.#isDragged = false),
    });
    this.#field = h('input', {
      type: 'text', class: 'time-field', 'aria-label': language.say('time.entry'), title: language.say('time.entry'),
      maxlength: FieldCharacters, autocomplete: 'off', spellcheck: 'false',
      oninput: () => setAttribute(this.#field, 'aria-invalid', undefined),
    });
    this.#play = h('button', {
      type: 'button', class: 'button time-play', onclick: () => void this.#playOrPause(),
    });
    for (const speed of speeds) {
      this.#speeds.set(speed, h('button', {
        type: 'button', class: 'time-speed', onclick: () => this.#choose(speed),
      }, language.say('time.speed', { speed })));
    }
    const close = language.say('time.close');
    this.#controls = h('div', { class: 'time-controls' },
      h('form', {
        class: 'time-entry', novalidate: true,
        onsubmit: (event: Event) => {
          event.preventDefault();
          this.#enter();
        },
      }, this.#field, h('button', { type: 'submit', class: 'icon-button' }, language.say('time.go'))),
      h('div', { class: 'time-jumps', role: 'group', 'aria-label': language.say('time.jumps') },
        this.#jump(jumps[0]), this.#jump(jumps[1]), this.#play, this.#jump(jumps[2]), this.#jump(jumps[3])),
      h('div', { class: 'time-speeds', role: 'group', 'aria-label': language.say('time.speeds') },
        ...this.#speeds.values()));
    this.#progress = h('div', { class: 'time-progress', role: 'status', hidden: true }, this.#on, this.#bar);
    this.#none = h('p', { class: 'note', hidden: true });
    this.element = h('section', { class: 'time-bar', id: 'time-bar', 'aria-label': language.say('time.title') },
      h('div', { class: 'time-scale' }, this.#slider, this.#ticks, this.#preview),
      h('div', { class: 'time-row' }, this.#controls, this.#none, this.#progress, this.#note,
        h('button', {
          type: 'button', class: 'icon-button time-close', title: close, 'aria-label': close,
          onclick: () => time.open(false),
        }, icon('close'))));
    this.refresh();
  }

  refresh(): void {
    const { language, time } = this.#desk;
    this.element.hidden = !time.isOpen;
    if (!time.isOpen) return;
    const { span } = time;
    this.#none.hidden = span !== undefined;
    setText(this.#none, language.say(time.isImpossible ? 'time.impossible' : 'time.nothing'));
    this.#controls.hidden = span === undefined;
    this.#slider.disabled = span === undefined;
    if (span) {
      this.#showTicks();
      this.#showPosition();
    }
    this.#showPlaying();
    const isOnItsWay = time.waitedMs >= ProgressAfterMs;
    this.#progress.hidden = !isOnItsWay;
    if (isOnItsWay) {
      setText(this.#on, language.say('time.opening', { time: language.moment(time.goal ?? 0) }));
      setAttribute(this.#bar, 'value', time.replay?.progress === undefined ? undefined : String(time.replay.progress));
    }
    setText(this.#note, isOnItsWay ? '' : this.#noteText());
    setAttribute(this.#note, 'data-trouble', time.failure === undefined ? undefined : 'yes');
  }

  /** To where one begins. */
  focus(): void {
    this.#slider.focus();
  }

  #noteText(): string {
    const { language, time } = this.#desk;
    if (time.failure !== undefined) return language.say('time.failed', { reason: time.failure });
    if (time.replay?.state === 'atEnd') return language.say('time.atEnd');
    return '';
  }

  #showTicks(): void {
    const { language, time: { span } } = this.#desk;
    if (!span) return;
    const marks = ticks(span, language.zone, TicksMax);
    // The span grows by the second; marks are made anew when they are others, and moved otherwise.
    const shown = marks.map(({ at }) => at).join();
    if (shown !== this.#shownTicks) {
      this.#shownTicks = shown;
      this.#ticks.replaceChildren(...marks.map(({ at, isDay }) =>
        h('span', { class: isDay ? 'time-tick time-tick-day' : 'time-tick' },
          isDay ? language.day(at) : language.hour(at))));
    }
    marks.forEach(({ share }, i) => {
      const tick = this.#ticks.children[i] as HTMLElement | undefined;
      if (tick) tick.style.left = `${(share * Percent).toFixed(2)}%`;
    });
  }

  #showPosition(): void {
    const { language, time } = this.#desk;
    const { span } = time;
    if (!span) return;
    // Bounds first: a value beyond them would be cut.
    setAttribute(this.#slider, 'min', String(span.from));
    setAttribute(this.#slider, 'max', String(span.to));
    if (this.#isDragged) return;
    const at = time.goal ?? (time.isPast ? this.#desk.now() : span.to);
    this.#slider.value = String(Math.round(at));
    setAttribute(this.#slider, 'aria-valuetext', language.moment(at));
    this.#preview.hidden = true;
    // Whoever types is not typed over.
    if (document.activeElement !== this.#field) this.#field.value = toField(at, language.zone);
  }

  #showPlaying(): void {
    const { language, time } = this.#desk;
    if (time.replay && time.replay.speed > 0) this.#speed = time.replay.speed;
    this.#play.disabled = !time.isPast;
    for (const [speed, button] of this.#speeds) setAttribute(button, 'aria-pressed', String(speed === this.#speed));
    if (time.isPlaying === this.#isPlaying) return;
    this.#isPlaying = time.isPlaying;
    this.#play.replaceChildren(icon(time.isPlaying ? 'pause' : 'play'),
      language.say(time.isPlaying ? 'time.pause' : 'time.play'));
  }

  #drag(): void {
    const { language } = this.#desk;
    this.#isDragged = true;
    const at = Number(this.#slider.value);
    setText(this.#preview, language.moment(at));
    const { min, max } = this.#slider;
    const share = (at - Number(min)) / Math.max(1, Number(max) - Number(min));
    this.#preview.style.left = `${(share * Percent).toFixed(2)}%`;
    this.#preview.hidden = false;
    setAttribute(this.#slider, 'aria-valuetext', language.moment(at));
  }

  #dropped(): void {
    this.#isDragged = false;
    void this.#desk.time.goTo(Number(this.#slider.value));
  }

  #enter(): void {
    const { language, time } = this.#desk;
    const at = fromField(this.#field.value, language.zone);
    setAttribute(this.#field, 'aria-invalid', at === undefined ? 'true' : undefined);
    if (at === undefined) return this.#field.focus();
    void time.goTo(at);
  }

  #jump(minutes: number): HTMLElement {
    const { language } = this.#desk;
    const amount = Math.abs(minutes) < 60 ? language.say('time.minutes', { n: Math.abs(minutes) })
      : language.say('time.hours', { n: Math.abs(minutes) / 60 });
    return h('button', {
      type: 'button', class: 'icon-button time-jump', onclick: () => this.#jumpBy(minutes * MinuteMs),
    }, `${minutes < 0 ? '−' : '+'}${amount}`);
  }

  #jumpBy(milliseconds: number): void {
    const { time } = this.#desk;
    if (!time.span) return;
    const from = time.goal ?? (time.isPast ? this.#desk.now() : time.span.to);
    void time.goTo(clamp(from + milliseconds, time.span));
  }

  #playOrPause(): void {
    const { time } = this.#desk;
    void time.play(time.isPlaying ? 0 : this.#speed);
  }

  #choose(speed: number): void {
    const { time } = this.#desk;
    this.#speed = speed;
    if (time.isPast) void time.play(speed);
    this.refresh();
  }
}
