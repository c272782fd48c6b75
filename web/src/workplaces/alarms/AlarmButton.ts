import { alarmPriorities } from '../../twins/alarms';
import type { Desk, Panel } from '../desk';
import { h, setAttribute, setText } from '../dom';
import { priorityGlyph } from './glyphs';

const Unknown = '–';

/** How many alarms of which priority, always in sight; `A` or a click opens the desk. On the wall it only counts. */
export class AlarmButton implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #counts = alarmPriorities.map((priority) => {
    const number = h('span');
    return { priority, number, element: h('span', { class: 'alarm-count' }, priorityGlyph(priority), number) };
  });
  readonly #unacknowledged = h('span', { class: 'alarm-unacknowledged' });

  constructor(desk: Desk) {
    this.#desk = desk;
    const content = [...this.#counts.map(({ element }) => element), this.#unacknowledged];
    this.element = desk.viewState.view.wall
      ? h('div', { class: 'alarm-button', role: 'group' }, ...content)
      : h('button', {
        type: 'button', class: 'alarm-button', 'aria-controls': 'alarm-desk', 'aria-keyshortcuts': 'A',
        onclick: () => desk.alarms.open(!desk.alarms.isOpen),
      }, ...content);
    document.addEventListener('keydown', this.#pressed);
    this.refresh();
  }

  refresh(): void {
    const { alarms, language, feed, viewState } = this.#desk;
    const { counts } = alarms;
    const words: string[] = [];
    for (const { priority, number, element } of this.#counts) {
      const count = counts?.[priority];
      setText(number, count === undefined ? Unknown : language.number(count));
      setAttribute(element, 'data-none', count ? undefined : 'yes');
      if (count !== undefined) {
        words.push(`${language.say(`alarms.priority.${priority}`)} ${language.number(count)}`);
      }
    }
    const waiting = counts?.unacknowledged ?? 0;
    this.#unacknowledged.hidden = waiting === 0;
    setText(this.#unacknowledged, `● ${language.number(waiting)}`);
    setAttribute(this.#unacknowledged, 'data-critical', counts && counts.critical > 0 ? 'yes' : undefined);
    if (counts) words.push(language.say('alarms.unacknowledged', { count: waiting }));
    else words.push(language.say('alarms.notKnown'));
    const label = language.say('alarms.counts', { counts: words.join(', ') });
    const isOld = feed.phase !== 'live';
    const asOf = isOld && counts && feed.lastFrameAt !== undefined
      ? language.say('alarms.asOf', { time: language.clock(feed.lastFrameAt + feed.clockOffsetMs) }) : '';
    setAttribute(this.element, 'data-old', isOld ? 'yes' : undefined);
    setAttribute(this.element, 'aria-label', asOf ? `${label}. ${asOf}` : label);
    setAttribute(this.element, 'title', [viewState.view.wall ? '' : language.say('alarms.open'), label, asOf]
      .filter(Boolean).join('\n'));
    if (!viewState.view.wall) setAttribute(this.element, 'aria-expanded', String(alarms.isOpen));
  }

  dispose(): void {
    document.removeEventListener('keydown', this.#pressed);
  }

  // The key by its place: on a Russian or Kazakh layout it writes another letter.
  readonly #pressed = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (event.code !== 'KeyA' || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) || this.#desk.viewState.view.wall) return;
    event.preventDefault();
    this.#desk.alarms.open(!this.#desk.alarms.isOpen);
  };
}
