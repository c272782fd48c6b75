import { ApiError } from '../../twins/cityApi';
import type { Twin } from '../../twins/cityTypes';
import type { Desk } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { Chart, type ChartContent } from './Chart';
import { spans, subjectsOf, type SpanName, type Subject } from './subjects';

/** Sooner than this nobody wants to be told that it takes time. */
const SilenceMs = 1_000;
/** RFC 9110 §15.6.2: what this server does not do at all. */
const NotImplemented = 501;
/** What a day shows grows by the minute; the longer spans by the hour. */
const AnewMs: Readonly<Record<SpanName, number>> = {
  day: 60_000, week: 600_000, month: 1_800_000, year: 3_600_000,
};

/** What the twin's values, or those of what is in it, were. */
export class TwinHistory {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #subjects: readonly Subject[];
  readonly #chart = h('div', { class: 'history-chart' });
  readonly #note = h('p', { class: 'note', role: 'status' });
  readonly #retry: HTMLButtonElement;
  readonly #pickers: readonly HTMLElement[];
  readonly #buttons: ReadonlyMap<SpanName, HTMLButtonElement>;
  #subject: Subject | undefined;
  #span: SpanName = 'day';
  #abort = new AbortController();
  #askedAt: number | undefined;
  #isShown = false;
  #state: 'idle' | 'waiting' | 'failed' = 'idle';

  constructor(desk: Desk, twin: Twin) {
    this.#desk = desk;
    const { language } = desk;
    this.#subjects = subjectsOf(twin, desk.models, language, desk.api);
    this.#subject = this.#subjects[0];
    this.#buttons = new Map((Object.keys(spans) as SpanName[]).map((span) => [span, h('button', {
      type: 'button', class: 'quiet-button', onclick: () => this.#choose(this.#subject, span),
    }, language.say(`history.span.${span}`))]));
    this.#retry = h('button', { type: 'button', class: 'quiet-button', hidden: true, onclick: () => this.#ask() },
      language.say('history.retry'));
    this.#pickers = [this.#choice(), h('div', {
      class: 'history-spans', role: 'group', 'aria-label': language.say('history.span'),
    }, ...this.#buttons.values())];
    this.element = h('section', { class: 'history', 'aria-label': language.say('history.title') },
      h('h3', {}, language.say('history.title')), ...this.#pickers, this.#chart, this.#note, this.#retry);
    this.element.hidden = this.#subject === undefined;
    if (this.#subject) this.#choose(this.#subject, this.#span);
  }

  /** Called every second. */
  refresh(): void {
    if (this.#askedAt === undefined) return;
    const passedMs = Date.now() - this.#askedAt;
    if (this.#state === 'waiting' && !this.#isShown && passedMs >= SilenceMs) {
      setText(this.#note, this.#desk.language.say('history.loading'));
    }
    if (this.#state === 'idle' && passedMs >= AnewMs[this.#span] && !this.#isRead) this.#ask();
  }

  dispose(): void {
    this.#abort.abort();
  }

  /** Nobody likes a chart that is replaced under the pointer or the arrow keys. */
  get #isRead(): boolean {
    return this.#chart.contains(document.activeElement) || this.#chart.matches?.(':hover') === true;
  }

  #choice(): HTMLElement {
    const { language } = this.#desk;
    const option = (subject: Subject): HTMLElement => h('option', { value: subject.key }, subject.name);
    const own = this.#subjects.filter(({ isOfArea }) => !isOfArea).map(option);
    const inside = this.#subjects.filter(({ isOfArea }) => isOfArea).map(option);
    const select = h('select', {
      class: 'history-choice', 'aria-label': language.say('history.property'),
      onchange: () => this.#choose(this.#subjects.find(({ key }) => key === select.value), this.#span),
    }, ...own, inside.length === 0 ? undefined
      : h('optgroup', { label: language.say('history.ofArea') }, ...inside));
    return select;
  }

  #choose(subject: Subject | undefined, span: SpanName): void {
    this.#subject = subject;
    this.#span = span;
    for (const [name, button] of this.#buttons) {
      setAttribute(button, 'aria-pressed', name === span ? 'true' : 'false');
    }
    this.#isShown = false;
    this.#chart.replaceChildren();
    setText(this.#note, '');
    this.#ask();
  }

  #ask(): void {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    this.#askedAt = Date.now();
    this.#state = 'waiting';
    this.#retry.hidden = true;
    this.#subject?.load(this.#span, this.#desk.now(), abort.signal).then(
      (content) => !abort.signal.aborted && this.#show(content),
      (error: unknown) => !abort.signal.aborted && this.#fail(error));
  }

  #show(content: ChartContent | undefined): void {
    const { language } = this.#desk;
    this.#state = 'idle';
    this.#isShown = content !== undefined;
    setText(this.#note, content ? '' : language.say('history.empty'));
    this.#chart.replaceChildren(...(content ? [
      // What the choice above says already is not said twice.
      content.name === this.#subject?.name ? '' : h('p', { class: 'chart-name' }, content.name),
      new Chart(language, content).element,
    ] : []));
  }

  #fail(error: unknown): void {
    this.#state = 'failed';
    if (error instanceof ApiError && error.status === NotImplemented) {
      // Nothing to choose from and nothing to try again: the engine of this city keeps none.
      this.#pickers.forEach((picker) => (picker.hidden = true));
      setText(this.#note, this.#desk.language.say('history.unavailable'));
      return;
    }

    this.#retry.hidden = false;
    const reason = error instanceof Error ? error.message : String(error);
    setText(this.#note, this.#desk.language.say('history.failed', { reason }));
  }
}
