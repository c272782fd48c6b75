import { Freshness, freshnessOf } from '../twins/columns';
import { kindNameOf } from '../twins/cityTypes';
import type { Pick } from '../layers/mapPort';
import { conditionKey } from './conditions';
import type { Desk, Panel } from './desk';
import { h, setText } from './dom';

const OffsetPixels = 14;
const freshnessKeys = ['freshness.neverReported', 'freshness.live', 'freshness.stale', 'freshness.lost'] as const;
const measureUnits = ['watt', 'litrePerHour', 'litrePerHour', 'litrePerHour', 'watt'] as const;

/** Beside the pointer: what lies under it and what it says, from what the page holds already. */
export class HoverCard implements Panel {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #title = h('strong');
  readonly #note = h('span', { class: 'note' });
  #pick: Pick | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    // What it says is in the inspector too, for those who do not use a pointer.
    this.element = h('div', { class: 'hover-card', 'aria-hidden': 'true', hidden: true }, this.#title, this.#note);
  }

  show(pick: Pick | undefined, x: number, y: number): void {
    this.#pick = pick;
    this.refresh();
    if (!pick) return;
    const stage = this.element.parentElement;
    const isRight = stage !== null && x > stage.clientWidth / 2;
    const isLow = stage !== null && y > stage.clientHeight / 2;
    const left = isRight ? x - OffsetPixels : x + OffsetPixels;
    const top = isLow ? y - OffsetPixels : y + OffsetPixels;
    this.element.style.transform =
      `translate(${left}px, ${top}px) translate(${isRight ? '-100%' : '0'}, ${isLow ? '-100%' : '0'})`;
  }

  refresh(): void {
    const pick = this.#pick;
    const id = pick && this.#desk.scenes.idOf(pick.kind, pick.handle);
    this.element.hidden = id === undefined;
    if (!pick || id === undefined) return;
    const { language, live } = this.#desk;
    const what = language.say(`one.${kindNameOf(pick.kind)}`);
    setText(this.#title, `${what} ${id}`);
    const state = live.store.get(pick.handle);
    setText(this.#note, state
      ? this.#words(pick, state.condition, freshnessOf(state.flags)) : language.say('value.unknown'));
  }

  #words(pick: Pick, condition: number, freshness: Freshness): string {
    const { language, live, viewState } = this.#desk;
    const kind = kindNameOf(pick.kind);
    const words: string[] = [];
    if (kind === 'building') {
      const { measure } = viewState.view;
      words.push(language.quantity(live.store.measure(pick.handle, measure), measureUnits[measure]));
    }
    const key = conditionKey(kind, condition);
    if (key) words.push(language.say(key));
    const tag = kind === 'airQualitySensor' ? this.#desk.scenes.tagOf(pick.kind, pick.handle) : undefined;
    if (tag !== undefined) words.push(language.say(tag === 1 ? 'airQuality.indicative' : 'airQuality.official'));
    words.push(language.say(freshnessKeys[freshness]));
    return words.join(' · ');
  }
}
